"""Results kept by what they were computed from, each computed once."""
