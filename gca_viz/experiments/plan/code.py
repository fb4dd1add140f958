"""A recipe as the few lines of Python that compute the same plan."""

from __future__ import annotations

import math

from gca_viz.datasets import load_dataset
from gca_viz.encoders.uploads import recorded, report_of, title_of
from gca_viz.experiments.plan.embeddings import maker_of
from gca_viz.experiments.plan.engine import context_of, keywords
from gca_viz.experiments.recipe.recipe import DataRecipe, EncoderRecipe, Recipe, ViewsRecipe
from gca_viz.uploads import is_upload
from gca_viz.views import VIEWS


def python_code(recipe: Recipe) -> str:
    """Code that ends with ``plan``, equal to what the page shows."""
    data, views, encoder, method = recipe.data, recipe.views, recipe.encoder, recipe.method
    drawn = _drawn(data)
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
        settings = _settings(views)
        embed = f"""\
views = make_views(batch, {settings})
{f"many = many_views(batch, {settings}, count={views.count}){chr(10)}" * many}\
encoder = gca_viz.load_encoder({encoder_arguments(encoder)})
{chr(10).join(encode_lines(recipe))}
"""
        second = "views.second_indices"
    else:
        embed, second = "z1, z2 = batch.embeddings\n", "batch.indices"
        step = recorded(encoder.name)
        if step is not None:
            load = _STEPS.format(files=step.files)
            embed = f"z1, z2 = {step_code(repr(title_of(encoder.name)))}\n"
    of_samples = {
        "labels": "batch.labels",
        "domains": f"np.stack([batch.domains, batch.dataset.domains[{second}]])",
    } | ({"variance": "both.variance"} if many else {})  # of a pair, align() knows it
    if method.columns_are == "queue":
        embed += "\n".join([*beside_lines(recipe), *queue_lines(recipe)]) + "\n"
        imports += "from gca_viz.datasets import others\n"
        arguments["queue"] = "queue"
        of_samples["labels"] = LABELS_OF_ALL
        of_samples["domains"] = domains_of_all(of_samples["domains"], second)
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


def step_code(file: str) -> str:
    """Code of the batch's embeddings at a step of a training, out of the file that code names."""
    return f"(z[batch.indices] for z in read_embeddings(Path({file}))[0].embeddings)"


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


#: code of the classes of a batch and of a queue beside it
LABELS_OF_ALL = "np.concatenate([batch.labels, beside.labels])"


def domains_of_all(domains: str, second: str) -> str:
    """Code of the domains of a batch and of a queue beside it, from that of the batch and of view 2's images."""
    second = second.replace("views", "more").replace("batch", "beside")
    return f"np.concatenate([{domains}, np.stack([beside.domains, beside.dataset.domains[{second}]])], 1)"


def beside_lines(recipe: Recipe) -> list[str]:
    """The lines that make ``beside``, images beside the batch, and ``more``, their views."""
    data, views = recipe.data, recipe.views
    given = load_dataset(data.dataset).embeddings is not None
    taken = f"[*batch.indices, *{'batch.indices' if given else 'views.second_indices'}]"
    lines = [
        f"left = others(dataset, Selection({', '.join(_drawn(data))}), {taken})[:{recipe.method.queue}]",
        'beside = pick(dataset, Selection(mode="chosen", indices=tuple(left)))',
    ]
    if not given:
        lines.append(f"more = make_views(beside, {_settings(views)})")
    if not given and views != views.pair:
        lines.append(f"many_more = many_views(beside, {_settings(views)}, count={views.count})")
    return lines


def queue_lines(recipe: Recipe) -> list[str]:
    """The lines that make ``queue``, the embeddings of ``beside``, with ``encoder``."""
    data, views = recipe.data, recipe.views
    if load_dataset(data.dataset).embeddings is not None:
        return ["queue = beside.embeddings[1]"]
    if views == views.pair:
        other = "encode_texts(more.texts)" if VIEWS[views.preset].words else "encode(more.second)"
        return [f"queue = encoder.{other}"]
    kinds = ", two_kinds=True" if maker_of(data, views).two_kinds else ""
    return [
        "all_views = torch.stack([encoder.encode(view) for view in many_more])",
        f'queue = reduce_views(all_views, "{views.reduce}"{kinds}).z2',
    ]


def _drawn(data: DataRecipe) -> list[str]:
    """Where images are drawn from, as arguments of ``Selection``."""
    drawn = [f"seed={data.seed}", f'split="{data.split}"']
    return drawn + [f"{name}={getattr(data, name)!r}" for name in ("classes", "domains") if getattr(data, name)]


def _settings(views: ViewsRecipe) -> str:
    """What makes the views of a batch, as arguments of ``make_views``."""
    settings = f'"{views.preset}", strength={views.strength!r}, seed={views.seed}'
    return settings + (f", partner_domains={views.partner_domains!r}" if views.partner_domains else "")


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


#: the lines that read the data set of a run of embeddings again
_STEPS = """\
files = {files!r}  # yours
dataset, report = read_embeddings([(name, Path(name).read_bytes()) for name in files])
"""
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
