"""The page Transfer: two sets without pairs."""
