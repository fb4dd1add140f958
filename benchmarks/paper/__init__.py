"""The paper's experiments in miniature; each command writes a table, a figure and a paragraph to docs/paper."""
