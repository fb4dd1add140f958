"""A lecture hall, many visitors of one link: who is let in, when a server is ready, links opened before."""
