"""What else must change when one part of a recipe changes, so that no choice leads into a dead end."""

from __future__ import annotations

from dataclasses import replace

from gca_viz.datasets import load_dataset, supply
from gca_viz.encoders import outputs_of
from gca_viz.errors import InputError
from gca_viz.experiments.recipe import AUTO, NOTHING, DataRecipe, EncoderRecipe, Recipe
from gca_viz.transport import METHODS


def consistent(new: Recipe, old: Recipe | None = None) -> tuple[Recipe, list[str]]:
    """A recipe whose parts fit each other, and a sentence for each part that had to give way.

    Args:
        new: what was asked for.
        old: the recipe before, if one part of it was changed.

    Returns:
        The recipe with data and an encoder that are there, hand-picked images, classes and domains of its own data
        set, a batch no larger than what there is, a layout that the method has, and another method beside it.
    """
    notes: list[str] = []
    data, encoder, method = new.data, new.encoder, new.method
    for load, name, what in ((load_dataset, data.dataset, "data"), (outputs_of, encoder.name, "encoder")):
        try:
            load(name)
        except InputError as error:
            notes.append(f"The {what} is the default. {error}")
            data = DataRecipe() if what == "data" else data
            encoder = EncoderRecipe() if what == "encoder" else encoder
    outputs = outputs_of(encoder.name)
    if encoder.output not in outputs:
        if old is None or encoder.name == old.encoder.name:
            notes.append(f"This encoder has no {encoder.output}: the embedding is its {outputs[0]}.")
        encoder = replace(encoder, output=outputs[0])
    if old is not None and data.dataset != old.data.dataset:
        data = replace(data, classes=(), domains=(), indices=())
    dataset = load_dataset(data.dataset)
    for field, known in (("classes", dataset.class_names), ("domains", dataset.domain_names)):
        strangers = [name for name in getattr(data, field) if name not in known]
        if strangers:
            notes.append(f"{dataset.title} has no {field} {', '.join(strangers)}; they were left out.")
            data = replace(data, **{field: tuple(name for name in getattr(data, field) if name in known)})
    if data.mode != "hand":
        try:
            there = supply(dataset, data.selection)
        except InputError:
            there = data.size  # picking the batch will say what is wrong
        if data.size > there:
            notes.append(f"{there} images fit this choice, fewer than {data.size}: N is now {there}.")
            data = replace(data, size=there)
    if method.layout != AUTO and method.layout not in METHODS[method.name].layouts:
        notes.append(f"{method.name} has no {method.layout} layout; the layout is the method's own.")
        method = replace(method, layout=AUTO)
    if method.reference == method.name:
        before = NOTHING if old is None or old.method.name == method.name else old.method.name
        method = replace(method, reference=before)
    return replace(new, data=data, encoder=encoder, method=method), notes
