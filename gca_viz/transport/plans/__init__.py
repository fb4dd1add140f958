"""Plans and what is read from them: trace, divergence, readings, diagnostics."""
