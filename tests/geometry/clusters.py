"""Points with known geometry."""

import numpy as np

from gca_viz.geometry.points import Points


def clusters(samples: int = 60, classes: int = 4, width: int = 12, noise: float = 0.6, seed: int = 0) -> Points:
    """Two noisy views of samples around class centres; the domain is the parity of the sample."""
    draw = np.random.default_rng(seed)
    labels = np.arange(samples) % classes
    centre = draw.normal(size=(classes, width))
    sample = centre[labels] + noise * draw.normal(size=(samples, width))
    z1, z2 = (sample + 0.5 * noise * draw.normal(size=sample.shape) for _ in range(2))
    return Points.of(z1, z2, labels, np.arange(samples) % 2)


def rotated(points: Points, seed: int = 1) -> Points:
    """The same points after a random rotation of the space."""
    width = points.z.shape[1]
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(width, width)))[0]
    return Points((points.z @ rotation).astype(np.float32), points.labels, points.domains)
