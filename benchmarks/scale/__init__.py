"""Past one machine: what a large plan costs, and what a sub-sample of it is worth."""
