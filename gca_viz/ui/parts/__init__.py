"""What several pages show: the form, the board of matrices, an inspector, help."""
