"""From a recipe to its embeddings; each step is cached by the parts of the recipe that it depends on."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import numpy as np
import torch

from gca_viz.datasets import Batch, load_dataset, pick
from gca_viz.device import best_device
from gca_viz.embedding.cache import EmbeddingCache, code_id
from gca_viz.embedding.embedding import Embeddings, embed
from gca_viz.embedding.reduce import reduce_views
from gca_viz.embedding.shipped import encode
from gca_viz.encoders import encoder_id, is_head, load_encoder
from gca_viz.encoders.uploads import recorded
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.recipe.recipe import DataRecipe, EncoderRecipe, Inputs, ViewsRecipe
from gca_viz.experiments.recipe.several_views import check_many_views
from gca_viz.progress import ReportProgress
from gca_viz.uploads import is_upload
from gca_viz.views import VIEWS, ViewMaker, Views, make_views, to_uint8
from gca_viz.views.reduction import PAIR, WORST
from gca_viz.views.two_views import second_indices


@cached
def batch_of(data: DataRecipe) -> Batch:
    """The batch that a recipe names."""
    return pick(load_dataset(data.dataset), data.selection)


@cached(key=lambda data, views: (data, views.pair))
def views_of(data: DataRecipe, views: ViewsRecipe) -> Views:
    """Its pair of views; where embeddings were uploaded, pictures only stand for them and stay as they are."""
    return make_views(
        batch_of(data),
        _preset_of(data, views),
        strength=views.strength,
        seed=views.seed,
        partner_domains=views.partner_domains,
        device=best_device().name,
    )


def _preset_of(data: DataRecipe, views: ViewsRecipe) -> str:
    return views.preset if batch_of(data).embeddings is None else "none"


@cached(key=lambda data, views: (data, views.pair))
def second_of(data: DataRecipe, views: ViewsRecipe) -> np.ndarray:
    """Where the images of view 2 come from, N indices into the data set; no view is made for that."""
    preset = VIEWS[_preset_of(data, views)]
    return second_indices(batch_of(data), preset, views.seed, views.partner_domains)


def maker_of(data: DataRecipe, views: ViewsRecipe) -> ViewMaker:
    """What makes the views of the batch one by one."""
    return ViewMaker.of(
        batch_of(data),
        views.preset,
        strength=views.strength,
        seed=views.seed,
        partner_domains=views.partner_domains,
        device=best_device().name,
    )


def shown_key(inputs: Inputs, *rest: Hashable) -> tuple[Hashable, ...]:
    """The key of what depends on the pictures of both views: on the encoder only where it chooses the views."""
    if inputs.views.reduce == WORST:
        return key_of(inputs, *rest)
    return inputs.data, inputs.views.pair, *rest


@cached(
    key=lambda data, views, encoder=None: shown_key(
        Inputs(data, views, encoder) if encoder else Inputs(data, views.pair)
    )
)
def pictures_of(
    data: DataRecipe, views: ViewsRecipe, encoder: EncoderRecipe | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Both views for the screen, uint8 N × H × W × 3 each: of several, those that stand for rows and columns.

    Args:
        encoder: says which two views of a sample lie farthest apart, where these are asked for.
    """
    shown = None
    if encoder is not None and views.reduce == WORST:
        shown = embeddings_of(Inputs(data, views, encoder)).shown
    if shown is None:
        pair = views_of(data, views)
        return to_uint8(pair.first), to_uint8(pair.second)
    made, chosen = maker_of(data, views), shown.cpu().numpy()
    sides = [np.empty((len(made.images[0]), *made.images[0].shape[1:]), np.uint8) for _ in chosen]
    for number in np.unique(chosen).tolist():
        images = to_uint8(made.view(number))
        for side, views_of_side in zip(sides, chosen, strict=True):
            side[views_of_side == number] = images[views_of_side == number]
    return sides[0], sides[1]


@cached
def strips_of(data: DataRecipe, views: ViewsRecipe, samples: tuple[int, ...]) -> np.ndarray:
    """All views of some samples for the screen, uint8 samples × m × H × W × 3."""
    made = maker_of(data, views)
    return np.stack([to_uint8(made.view(number)[list(samples)]) for number in range(views.count)], 1)


@cached
def domains_of(data: DataRecipe, views: ViewsRecipe) -> np.ndarray:
    """Domain of each sample in each view, 2 × N."""
    batch = batch_of(data)
    return np.stack([batch.domains, batch.dataset.domains[second_of(data, views)]])


def as_it_is(encoder: EncoderRecipe) -> tuple[EncoderRecipe, str]:
    """An encoder's part of a key: a checkpoint that was trained again is another encoder."""
    return encoder, encoder_id(encoder.name, encoder.output)


def key_of(inputs: Inputs, *rest: Hashable) -> tuple[Hashable, ...]:
    """The key of what depends on an encoder's embeddings of a batch, and on the rest."""
    return inputs.data, inputs.views, as_it_is(inputs.encoder), *rest


# Equal ids of encoders give equal embeddings: heads on one encoder share those of what is below them.
@cached(key=lambda inputs: (inputs.data, inputs.views, encoder_id(inputs.encoder.name, inputs.encoder.output)))
def embeddings_of(
    inputs: Inputs,
    *,
    progress: ReportProgress | None = None,
) -> Embeddings:
    """Their embeddings: of the pair of views, or what several views are reduced to.

    Args:
        progress: called with the share done and what is being done, if there is anything to do; may raise to
            cancel.

    Raises:
        InputError: several views of what has only two, or an odd number where halves are averaged.
    """
    views = inputs.views
    check_many_views(views, given=batch_of(inputs.data).embeddings is not None)
    if views == views.pair:
        return _pair_of(inputs, progress)
    report_progress, count = progress or (lambda share, what: None), views.count

    def tell(number: int, of: int) -> ReportProgress:
        return lambda share, what: report_progress((number + of * min(share, 1)) / count, what)

    pair = embeddings_of(replace(inputs, views=views.pair), progress=tell(0, 2))
    others = [
        _view_of(inputs, number, tell(number, 1)) for number in range(2, count if views.reduce != PAIR else 2)
    ]
    two_kinds = count > 2 and maker_of(inputs.data, views).two_kinds
    found = reduce_views(torch.stack([pair.z1, pair.z2, *others]), views.reduce, two_kinds=two_kinds)
    return Embeddings(found.z1, found.z2, found.variance, found.shown)


def _view_of(inputs: Inputs, number: int, report_progress: ReportProgress) -> torch.Tensor:
    """Embeddings of one view beyond the pair, N × d, kept on disk; of more views only the new ones are made."""
    data, views, encoder = inputs.data, inputs.views.pair, inputs.encoder
    device, words = best_device().name, f"Embedding view {number + 1} of {inputs.views.count}"
    if encoder.output == "projector" and is_head(encoder.name):
        below = _view_of(replace(inputs, encoder=replace(encoder, output="backbone")), number, report_progress)
        return load_encoder(encoder.name, output=encoder.output, device=device).on_top(below).to(device)
    cache = None if is_upload(data.dataset) else EmbeddingCache()
    content_id = encoder_id(encoder.name, encoder.output)
    key = EmbeddingCache.key(batch_of(data).content_id, views, number, content_id, device, code_id())
    kept = cache.find(key) if cache else None
    if kept is not None and "z" in kept:
        return kept["z"].to(device)
    report_progress(0.0, words)
    network = load_encoder(encoder.name, output=encoder.output, device=device)
    images = maker_of(data, views).view(number)
    z = encode(network, images, progress=lambda share: report_progress(share, words)).to(device)
    if cache:
        cache.keep(key, {"z": z})
    return z


def _pair_of(inputs: Inputs, progress: ReportProgress | None) -> Embeddings:
    """Embeddings of both views of the pair, or those that were given."""
    report_progress = progress or (lambda share, what: None)
    data, views, encoder = inputs.data, inputs.views, inputs.encoder
    uploaded = batch_of(data).embeddings
    if uploaded is not None:
        uploaded = _written_down(inputs) or uploaded
        return Embeddings(*(torch.from_numpy(z).to(best_device().name) for z in uploaded))
    # What is below a head knows nothing of texts.
    if encoder.output == "projector" and is_head(encoder.name) and not VIEWS[views.preset].words:
        return _on_top(inputs, progress)
    # What a user uploaded leaves no trace on disk.
    cache = None if is_upload(data.dataset) else EmbeddingCache()
    content_id = encoder_id(encoder.name, encoder.output)
    key = EmbeddingCache.key(batch_of(data).content_id, views, content_id, best_device().name, code_id())
    kept = cache.get(key) if cache else None
    if kept is not None:
        return Embeddings(*(z.to(best_device().name) for z in (kept.z1, kept.z2)))
    report_progress(0.0, "Making two views of each image")
    pair = views_of(data, views)
    report_progress(0.4, "Embedding both views")
    network = load_encoder(encoder.name, output=encoder.output, device=best_device().name)
    found = embed(pair, network, progress=lambda share: report_progress(0.4 + 0.6 * share, "Embedding both views"))
    if cache:
        cache.put(key, found)
    return found


def _written_down(inputs: Inputs) -> tuple[np.ndarray, np.ndarray] | None:
    """The embeddings of the batch at a step of a training, where the encoder is one of its run."""
    step, batch = recorded(inputs.encoder.name), batch_of(inputs.data)
    if step is None or step.data != batch.dataset.content_id:
        return None
    return step.z1[batch.indices], step.z2[batch.indices]


def _on_top(inputs: Inputs, progress: ReportProgress | None) -> Embeddings:
    """What a head makes of the embeddings below it, which are kept whatever head is on top."""
    encoder = inputs.encoder
    below = embeddings_of(replace(inputs, encoder=replace(encoder, output="backbone")), progress=progress)
    device = best_device().name
    head = load_encoder(encoder.name, output=encoder.output, device=device)
    return Embeddings(*(head.on_top(z).to(device) for z in (below.z1, below.z2)))
