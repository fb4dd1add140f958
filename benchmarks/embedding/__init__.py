"""How fast images become embeddings."""
