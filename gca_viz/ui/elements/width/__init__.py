"""How wide a place on the page is."""
