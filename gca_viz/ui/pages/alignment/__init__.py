"""The page Alignment: the plan of a batch under one method, beside another."""
