"""The page Learn: what every lesson shares; ``lessons/`` holds the lessons and their words."""
