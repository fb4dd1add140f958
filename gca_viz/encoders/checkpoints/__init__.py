"""From a checkpoint file to a network and its report: what the file holds, whose its tensors are, what is built."""
