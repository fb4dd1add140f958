"""The page Compare checkpoints and its panels."""
