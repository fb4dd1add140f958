"""An encoder that stays as it is and from which a training keeps away: its embeddings, and how alike others are."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from gca_viz.encoders import Encoder, load_encoder, outputs_of
from gca_viz.experiments.recipe.field import NOTHING
from gca_viz.experiments.train.recipe import TrainingRecipe


def frozen_encoder(recipe: TrainingRecipe, device: torch.device | str = "cpu") -> Encoder | None:
    """The encoder that a recipe keeps away from, its output that is shown first; raises :class:`InputError`."""
    if recipe.away_from == NOTHING:
        return None
    return load_encoder(recipe.away_from, output=outputs_of(recipe.away_from)[0], device=str(device))


def alike(z: Tensor, other: Tensor) -> Tensor:
    """Linear CKA of two embeddings of the same samples by their directions, from 0 to 1; 0 beside a constant one.

    Args:
        z, other: N × d and N × e embeddings, of any lengths.

    Source: Kornblith et al., ICML 2019, section 3; :func:`gca_viz.geometry.similarity.linear_cka` with a gradient.
    """
    a, b = (F.normalize(x, dim=1) for x in (z, other))
    a, b = a - a.mean(0), b - b.mean(0)
    floor = len(a) * torch.finfo(a.dtype).eps  # a spread that is rounding
    own = [(x.T @ x).square().sum().clamp_min(floor**2).sqrt() for x in (a, b)]
    return (a.T @ b).square().sum() / (own[0] * own[1])
