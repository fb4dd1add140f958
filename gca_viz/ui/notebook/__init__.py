"""The app's own elements in a notebook: the board, the map and the constraint square as widgets."""
