"""From a checkpoint file to a network: what the file holds, whose its tensors are, and what is built from them."""
