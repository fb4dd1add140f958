"""The family: every relative of GCA as a setting of six dials, and the plan that each makes of a batch."""
