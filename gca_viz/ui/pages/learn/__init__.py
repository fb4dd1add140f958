"""The page Learn: what every lesson shares; ``lessons/`` holds the lessons, ``texts/`` their words."""
