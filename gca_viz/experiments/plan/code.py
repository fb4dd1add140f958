"""A recipe as the few lines of Python that compute the same plan."""

from __future__ import annotations

import math

from gca_viz.datasets import load_dataset
from gca_viz.encoders.uploads import report_of, title_of
from gca_viz.experiments.plan.embeddings import maker_of
from gca_viz.experiments.plan.engine import context_of, keywords
from gca_viz.experiments.recipe.recipe import EncoderRecipe, Recipe
from gca_viz.uploads import is_upload
from gca_viz.views import VIEWS


def python_code(recipe: Recipe) -> str:
    """Code that ends with ``plan``, equal to what the page shows."""
    data, views, encoder, method = recipe.data, recipe.views, recipe.encoder, recipe.method
    drawn = [f"seed={data.seed}", f'split="{data.split}"']
    drawn += [f"{name}={getattr(data, name)!r}" for name in ("classes", "domains") if getattr(data, name)]
    if data.mode == "chosen":
        selection = f'mode="chosen", indices={data.indices!r}'
    else:
        selection = ", ".join([f'mode="{data.mode}"', f"size={data.size}", *drawn])
    arguments = {name: literal(value) for name, value in keywords(method).items()}
    dataset = load_dataset(data.dataset)
    imports, load = (
        _LOADING["embeddings" if dataset.embeddings else "images"] if is_upload(data.dataset) else ("", "")
    )
    layout = f", layout={dataset.layout!r}" if dataset.layout else ""
    load = (
        load.format(name=dataset.name, file=f"{dataset.name}.npz", layout=layout)
        or f'dataset = gca_viz.load_dataset("{data.dataset}")\n'
    )
    many = dataset.embeddings is None and views != views.pair
    if dataset.embeddings is None:
        imports += "from gca_viz.embedding.reduce import reduce_views\n" * many
        imports += f"from gca_viz.views import make_views{', many_views' * many}\n"
        settings = f'"{views.preset}", strength={views.strength!r}, seed={views.seed}'
        settings += f", partner_domains={views.partner_domains!r}" if views.partner_domains else ""
        embed = f"""\
views = make_views(batch, {settings})
{f"many = many_views(batch, {settings}, count={views.count}){chr(10)}" * many}\
encoder = gca_viz.load_encoder({encoder_arguments(encoder)})
{chr(10).join(encode_lines(recipe))}
"""
        second = "views.second_indices"
    else:
        settings, embed, second = "", "z1, z2 = batch.embeddings\n", "batch.indices"
    of_samples = {
        "labels": "batch.labels",
        "domains": f"np.stack([batch.domains, batch.dataset.domains[{second}]])",
    } | ({"variance": "both.variance"} if many else {})  # of a pair, align() knows it
    if method.columns_are == "queue":
        taken = f"[*batch.indices, *{second}]"
        embed += queue_lines(recipe, f"Selection({', '.join(drawn)})", taken, settings)
        imports += "from gca_viz.datasets import others\n"
        arguments["queue"] = "queue"
        second = second.replace("views", "more").replace("batch", "beside")
        of_samples["labels"] = "np.concatenate([batch.labels, beside.labels])"
        both = f"np.stack([beside.domains, beside.dataset.domains[{second}]])"
        of_samples["domains"] = f"np.concatenate([{of_samples['domains']}, {both}], 1)"
    elif method.columns_are == "prototypes":
        arguments["prototypes"] = "encoder.prototypes"
        if not method.prototypes_of_file:
            imports += "from gca_viz.geometry.centres import centres_of\n"
            arguments["prototypes"] = f"centres_of(z1, z2, {method.prototypes})"
    arguments |= {name: of_samples[name] for name in context_of(method) if name in of_samples}
    return f"""\
import math

import numpy as np
{"import torch" + chr(10) if many else ""}
import gca_viz
from gca_viz.datasets import Selection, pick
{imports}
{load}batch = pick(dataset, Selection({selection}))
{embed}plan = gca_viz.align(
    z1,
    z2,
    "{method.name}",
{"".join(f"    {name}={value}," + chr(10) for name, value in arguments.items())})
{_at(recipe.display.step)}"""


def encode_lines(recipe: Recipe) -> list[str]:
    """The lines that make ``z1`` and ``z2`` of the views with ``encoder``."""
    views = recipe.views
    if views == views.pair:
        other = "encode_texts(views.texts)" if VIEWS[views.preset].words else "encode(views.second)"
        return [f"z1, z2 = encoder.encode(views.first), encoder.{other}"]
    kinds = ", two_kinds=True" if maker_of(recipe.data, views).two_kinds else ""
    return [
        f'both = reduce_views(torch.stack([encoder.encode(view) for view in many]), "{views.reduce}"{kinds})',
        "z1, z2 = both.z1, both.z2",
    ]


def queue_lines(recipe: Recipe, selection: str, taken: str, settings: str) -> str:
    """The lines that make ``queue``, embeddings of images beside the batch.

    Args:
        selection: code of where they are drawn from.
        taken: code of the images that are left out.
        settings: of the views; empty where embeddings were given.
    """
    views = recipe.views
    lines = [
        f"left = others(dataset, {selection}, {taken})[:{recipe.method.queue}]",
        'beside = pick(dataset, Selection(mode="chosen", indices=tuple(left)))',
    ]
    if not settings:
        lines += ["queue = beside.embeddings[1]"]
    elif views == views.pair:
        other = "encode_texts(more.texts)" if VIEWS[views.preset].words else "encode(more.second)"
        lines += [f"more = make_views(beside, {settings})", f"queue = encoder.{other}"]
    else:
        kinds = ", two_kinds=True" if maker_of(recipe.data, views).two_kinds else ""
        lines += [
            f"more = make_views(beside, {settings})",
            f"many = many_views(beside, {settings}, count={views.count})",
            "all_views = torch.stack([encoder.encode(view) for view in many])",
            f'queue = reduce_views(all_views, "{views.reduce}"{kinds}).z2',
        ]
    return "\n".join(lines) + "\n"


def encoder_arguments(encoder: EncoderRecipe) -> str:
    """What ``load_encoder`` takes; of a file that was uploaded its name, and what was given with it."""
    if not is_upload(encoder.name):
        return f'"{encoder.name}", output="{encoder.output}"'
    report, text = report_of(encoder.name), f'{title_of(encoder.name)!r}, output="{encoder.output}"'
    if report.normalisation_from == "given":
        text += f", mean={report.mean}, std={report.std}"
    if report.assume.given:
        text += f", assume={report.assume.text!r}"
    return text + (f", input_size={report.input_size}" if report.size_from == "given" else "")


#: what a user uploaded → its import, and the lines that read it again
_LOADING = {
    "embeddings": (
        "from pathlib import Path\n\nfrom gca_viz.datasets import read_embeddings\n",
        "dataset, report = read_embeddings(Path({file!r}))  # your file\n",
    ),
    "images": (
        "from pathlib import Path\n\nfrom gca_viz.datasets.images import open_images\n",
        "dataset, report = open_images(Path({name!r}){layout}).load()  # your file or folder\n",
    ),
}


def _at(step: int) -> str:
    return "" if step < 0 else f"plan = plan.at(min({step}, plan.last_step))  # the half step on the screen\n"


def literal(value: object) -> str:
    return "math.inf" if isinstance(value, float) and math.isinf(value) else repr(value)
