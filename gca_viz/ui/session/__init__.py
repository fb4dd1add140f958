"""What belongs to a browser's session: its recipe and link, uploads, selection, results and work."""
