"""From a problem to its potentials: the door, the regimes, and the way back for gradients."""
