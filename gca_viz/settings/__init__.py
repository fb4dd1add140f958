"""What can be set and by whom: parameters by users, settings and limits by whoever starts a server."""
