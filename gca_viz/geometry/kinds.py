"""The kinds of maps, by name."""

#: of one embedding
PROJECTIONS = ("t-sne", "umap", "pca", "sphere", "circle")
#: of several embeddings of the same samples, laid beside each other
ALIGNMENTS = ("pca", "umap")
