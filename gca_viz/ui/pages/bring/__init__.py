"""The page Bring your own: one module for each tab."""
