"""Encoder × views → embeddings of both views, and embeddings kept on disk."""
