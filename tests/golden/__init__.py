"""Recipes as people wrote them down, and the numbers that they come to: a change of the house changes neither."""
