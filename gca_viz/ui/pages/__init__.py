"""The pages of the app, a room each: Streamlit runs the script with the page's name, which shows ``page.py``."""
