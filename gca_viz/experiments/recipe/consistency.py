"""What else must change when one part of a recipe changes, so that no choice leads into a dead end."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from gca_viz.datasets import DATASETS, Dataset, DatasetInfo, load_dataset, supply
from gca_viz.encoders import brings_prototypes, bundled_encoders, outputs_of, reads_texts
from gca_viz.encoders.uploads import recorded
from gca_viz.errors import InputError, listed
from gca_viz.experiments.recipe.compare import CompareRecipe
from gca_viz.experiments.recipe.effects import own_range
from gca_viz.experiments.recipe.first_screen import FIRST_SCREEN
from gca_viz.experiments.recipe.geometry import COLOUR, COLUMN, is_column
from gca_viz.experiments.recipe.method import CENTRES, OF_FILE
from gca_viz.experiments.recipe.parts import ENCODER, MODE
from gca_viz.experiments.recipe.recipe import (
    AUTO,
    NOTHING,
    DataRecipe,
    EncoderRecipe,
    MethodRecipe,
    Recipe,
    ViewsRecipe,
)
from gca_viz.experiments.recipe.several_views import check_many_views
from gca_viz.settings.server import MAX_N
from gca_viz.transport import METHODS
from gca_viz.views import VIEWS


def consistent(new: Recipe, old: Recipe | None = None) -> tuple[Recipe, list[str]]:
    """A recipe whose parts fit each other, and a sentence for each part that had to give way.

    Args:
        new: what was asked for.
        old: the recipe before, if one part of it was changed.

    Returns:
        The recipe with data and an encoder that are there, hand-picked images, classes and domains of its own data
        set, a batch no larger than what there is and may be, an encoder of texts where a view is a text, a layout
        that the method has, and another method beside it.
    """
    notes: list[str] = []
    data, views, encoder, method, compare = new.data, new.views, new.encoder, new.method, new.compare
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
    dataset = load_dataset(data.dataset)
    if old is not None and data.dataset != old.data.dataset:
        data = replace(data, classes=(), domains=(), indices=())
        views = replace(views, partner_domains=())
        views, encoder, said = _suiting(dataset, views, encoder, old)
        compare = _compared(dataset, compare, old)
        notes += said
    step = recorded(encoder.name)
    if step is not None and step.data != dataset.content_id:
        encoder = EncoderRecipe()
        notes += [
            "Embeddings that a training wrote down are of its own samples: the encoder is now the default."
        ] * (old is None or old.data.dataset == data.dataset)
    if VIEWS[views.preset].words and dataset.embeddings is None:
        views, encoder, said = _with_texts(dataset, views, encoder, old)
        notes += said
    views, said = _as_many_as_there_are(dataset, views)
    notes += said
    data, views, said = _known_names(dataset, data, views)
    notes += said
    if len(data.indices) > MAX_N.value:
        notes.append(f"A batch has at most {MAX_N.value:,} images here; the first of the chosen ones were kept.")
        data = replace(data, indices=data.indices[: MAX_N.value])
    if data.mode != "chosen":
        there = _supply(dataset, data)
        if not there and data.mode == "same identity":
            data = replace(data, mode=MODE.default)
            notes.append(f"Nothing of this choice is there in every domain: the images are now drawn {data.mode}.")
            there = _supply(dataset, data)
        if data.size > there:
            notes.append(f"{there} images fit this choice, fewer than {data.size}: N is now {there}.")
            data = replace(data, size=there)
    display = new.display
    if display.group and old is not None and data != old.data:
        display = replace(display, group=())  # its numbers meant other samples
    if method.layout != AUTO and method.layout not in METHODS[method.name].layouts:
        notes.append(f"{method.name} has no {method.layout} layout; the layout is the method's own.")
        method = replace(method, layout=AUTO)
    try:
        method.composition  # noqa: B018  # asked whether it can be
    except InputError as error:
        method, what = _composable(method, error)
        notes.append(f"{error} {what} gave way.")
    if method.prototypes_from == OF_FILE and not (dataset.embeddings is None and brings_prototypes(encoder.name)):
        notes.append("No file of an encoder brings prototypes here: they are centres of the batch.")
        method = replace(method, prototypes_from=CENTRES)
    if method.repeats_itself:
        before = NOTHING if old is None or old.method.name == method.name else old.method.name
        if old is not None and old.method.reference != method.reference:
            notes.append(
                f"{method.name} beside itself is the same plan: choose another kernel, distance or hold for the "
                "plan beside first."
            )
        method = replace(method.alone, reference=before)
    geometry = new.geometry
    if is_column(geometry.colour) and geometry.colour.removeprefix(COLUMN) not in dataset.columns:
        name = geometry.colour.removeprefix(COLUMN)
        notes.append(f"{dataset.title} has no column {name}: the map is coloured by class.")
        geometry = replace(geometry, colour=COLOUR.default)
    transfer = new.transfer
    strangers = {transfer.from_domain, transfer.to_domain} - {AUTO, *dataset.domain_names}
    if strangers:
        notes += [f"{dataset.title} has no domain {listed(sorted(strangers))}; the two sets are chosen anew."] * (
            old is None or old.data.dataset == data.dataset
        )
        transfer = replace(transfer, from_domain=AUTO, to_domain=AUTO)
    effects = new.effects if old is None else own_range(new.effects, old.effects)
    found = replace(
        new,
        data=data,
        views=views,
        encoder=encoder,
        method=method,
        display=display,
        geometry=geometry,
        effects=effects,
        compare=compare,
        transfer=transfer,
    )
    return found, notes


def under_encoder(recipe: Recipe, name: str) -> Recipe:
    """The recipe with another encoder, of the same output where that has it; all else stays.

    Raises:
        InputError: no encoder of that name.
    """
    outputs = outputs_of(ENCODER.check(name))
    output = recipe.encoder.output if recipe.encoder.output in outputs else outputs[0]
    return replace(recipe, encoder=EncoderRecipe(name, output))


def _composable(method: MethodRecipe, error: InputError) -> tuple[MethodRecipe, str]:
    """The method with a kernel, a distance or a hold that goes with the rest, and which of them gave way."""
    ways = [("The kernel", replace(method, kernel="logistic"))] * (error.parameter == "hold")
    ways += [("The choice of columns", replace(method, columns=AUTO))] * (error.parameter == "columns")
    ways += [("The distance", replace(method, cost="cosine")), ("What is held", replace(method, hold=AUTO))]
    for what, changed in ways:
        with suppress(InputError):
            changed.composition  # noqa: B018  # asked whether it can be
            return changed, what
    return replace(method, kernel=AUTO, cost=AUTO, hold=AUTO, columns=AUTO), "They"


def _known_names(
    dataset: Dataset, data: DataRecipe, views: ViewsRecipe
) -> tuple[DataRecipe, ViewsRecipe, list[str]]:
    """The same without classes and domains that the data set does not have."""
    notes: list[str] = []
    kept: dict[str, tuple[str, ...]] = {}
    for part, field, known in (
        (data, "classes", dataset.class_names),
        (data, "domains", dataset.domain_names),
        (views, "partner_domains", dataset.domain_names),
    ):
        strangers = [name for name in getattr(part, field) if name not in known]
        if strangers:
            what = field.removeprefix("partner_")
            notes.append(f"{dataset.title} has no {what} {listed(strangers)}; they were left out.")
        kept[field] = tuple(name for name in getattr(part, field) if name in known)
    data = replace(data, classes=kept["classes"], domains=kept["domains"])
    return data, replace(views, partner_domains=kept["partner_domains"]), notes


def _suiting(
    dataset: Dataset, views: ViewsRecipe, encoder: EncoderRecipe, old: Recipe
) -> tuple[ViewsRecipe, EncoderRecipe, list[str]]:
    """Views and encoder for other data: what nobody chose follows the data, views that cannot be give way."""
    notes = []
    was, now = DATASETS.get(old.data.dataset), DATASETS.get(dataset.name)
    unchosen = {EncoderRecipe(was.encoder)} if was else set()
    if old.data.dataset == FIRST_SCREEN.data.dataset:
        unchosen.add(FIRST_SCREEN.encoder)
    if now and encoder in unchosen:
        encoder = EncoderRecipe(now.encoder)
    preset = ""
    if VIEWS[views.preset].cross_domain and len(dataset.domain_names) < 2:
        preset, why = ViewsRecipe().preset, "has one domain only"
    elif VIEWS[views.preset].partner == "identity" and not dataset.shares_identities:
        preset, why = "cross-class", "shows nothing in two domains"
    if preset:
        notes.append(f"{dataset.title} {why}: the views are now {VIEWS[preset].title}.")
        views = replace(views, preset=preset)
    return views, encoder, notes


def _as_many_as_there_are(dataset: Dataset, views: ViewsRecipe) -> tuple[ViewsRecipe, list[str]]:
    """The pair alone where there are no more views, and an even number of them where halves are averaged."""
    given = dataset.embeddings is not None
    try:
        check_many_views(views, given=given)
    except InputError as error:
        if given or VIEWS[views.preset].words:
            return views.pair, [f"{error} It is now the pair."]
        return replace(views, count=views.count + 1), [f"{error} There are now {views.count + 1}."]
    return views, []


def _compared(dataset: Dataset, compare: CompareRecipe, old: Recipe) -> CompareRecipe:
    """Who is compared on other data: whom nobody chose follow the data."""
    was, now = DATASETS.get(old.data.dataset), DATASETS.get(dataset.name)
    unchosen = [(was.compared, was.compared[-1])] if was else []
    if old.data.dataset == FIRST_SCREEN.data.dataset:
        unchosen.append((FIRST_SCREEN.compare.encoders, FIRST_SCREEN.compare.second))
    if now and (compare.encoders, compare.second) in unchosen:
        return replace(compare, encoders=now.compared, second=now.compared[-1])
    return compare


def _supply(dataset: Dataset, data: DataRecipe) -> int:
    """How many images there are to draw from; the size itself where the batch cannot be picked, which says why."""
    try:
        return supply(dataset, data.selection)
    except InputError:
        return data.size


def _with_texts(
    dataset: Dataset, views: ViewsRecipe, encoder: EncoderRecipe, old: Recipe | None
) -> tuple[ViewsRecipe, EncoderRecipe, list[str]]:
    """Views of image and text with an encoder that reads both, or other views; who was chosen last stays."""
    if dataset.texts and reads_texts(encoder.name):
        changed = old is not None and encoder.output != old.encoder.output
        note = "The embedding is the projector's output, where image and text meet."
        return views, replace(encoder, output="projector"), [note] * (changed and encoder.output != "projector")
    chose_encoder = old is not None and encoder.name != old.encoder.name
    if dataset.texts and not chose_encoder:
        name = DATASETS[dataset.name].text_encoder if dataset.name in DATASETS else DatasetInfo.text_encoder
        note = f"Image and text need an encoder of both: it is now {bundled_encoders()[name]['title']}."
        return views, EncoderRecipe(name), [note]
    others = replace(views, preset=ViewsRecipe().preset)
    why = "This encoder reads no texts" if dataset.texts else f"{dataset.title} has no texts"
    return others, encoder, [f"{why}: the views are now {VIEWS[others.preset].title}."]
