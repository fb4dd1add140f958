"""Embeddings without a model: two views' vectors from a file become a data set like any other."""

from types import MappingProxyType

from gca_viz.datasets.embeddings.read import read_embeddings

#: library → lines that write a file which this program reads
EXAMPLES = MappingProxyType(
    {
        "PyTorch": """\
import numpy as np, torch
z1, z2, labels = [], [], []
with torch.no_grad():
    for view1, view2, y in loader:
        z1.append(model(view1).cpu()), z2.append(model(view2).cpu()), labels.append(y)
np.savez("embeddings.npz", z1=torch.cat(z1), z2=torch.cat(z2), labels=torch.cat(labels))""",
        "JAX": """\
import numpy as np
z1, z2, labels = [], [], []
for view1, view2, y in batches:
    z1.append(apply(params, view1)), z2.append(apply(params, view2)), labels.append(y)
joined = (np.concatenate([np.asarray(part) for part in parts]) for parts in (z1, z2, labels))
np.savez("embeddings.npz", **dict(zip(("z1", "z2", "labels"), joined)))""",
    }
)

__all__ = ["EXAMPLES", "read_embeddings"]
