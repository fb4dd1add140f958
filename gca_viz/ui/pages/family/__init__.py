"""The page Family."""
