"""A connection that was lost and is back."""
