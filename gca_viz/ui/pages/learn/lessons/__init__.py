"""The lessons: a text, a small function and one control each; ``registry`` lists them."""
