"""The page Parameter effects and its panels."""
