"""What changes with a parameter: sweeps, the constraint square, the noise lab."""
