"""The lessons of the page Learn: a text, a small function and one control each; ``registry`` lists them."""
