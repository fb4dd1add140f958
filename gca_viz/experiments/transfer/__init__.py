"""Two sets without pairs: how far apart they are, and what classes one hands to the other."""
