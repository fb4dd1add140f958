"""The one description of a run: a link, a JSON file, flags and Python code are its forms."""
