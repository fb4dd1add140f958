"""Work on other machines, through Ray; the only room that imports it."""
