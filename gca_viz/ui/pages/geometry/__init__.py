"""The page Geometry and its panels."""
