"""What is to be solved: cost, marginals, pairing and target, every input checked once."""
