"""Arrays as people have them: the same plan however they lie in memory, or a sentence whose remedy works."""

from __future__ import annotations

import decimal
import math

import numpy as np
import pandas as pd
import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.transport import align, align_streamed, forces, sweep
from tests.transport.batches import views

Z1, Z2 = views(6, 4, seed=5)
A, B = Z1.numpy(), Z2.numpy()
EXPECTED = align(Z1, Z2)
MU = np.array([2.0, 1.0, 1.0, 1.0, 0.5, 0.5])


def spread_out(array):
    """The same numbers with others between them."""
    wide = np.full([2 * size for size in array.shape], 7.0)
    wide[tuple(slice(None, None, 2) for _ in array.shape)] = array
    return wide[tuple(slice(None, None, 2) for _ in array.shape)]


#: how else a matrix or a vector of the same numbers may come
WAYS = {
    "flipped": lambda x: x[::-1].copy()[::-1],
    "strided": spread_out,
    "Fortran order": np.asfortranarray,
    "big-endian": lambda x: x.astype(">f8"),
    "big-endian single": lambda x: x.astype(">f4"),
    "half": lambda x: x.astype(np.float16),
    "long double": lambda x: x.astype(np.longdouble),
    "read-only": lambda x: np.broadcast_to(x, x.shape),
    "objects": lambda x: x.astype(object),
    "decimals": lambda x: np.vectorize(decimal.Decimal, otypes=[object])(x),
    "nothing masked": np.ma.masked_array,
    "lists": lambda x: x.tolist(),
    "tuple of rows": tuple,
    "list of tensors": lambda x: [torch.tensor(row) for row in x],
    "sparse": lambda x: torch.tensor(x).to_sparse(),
    "transposed tensor": lambda x: torch.tensor(np.ascontiguousarray(x.T)).T if x.ndim == 2 else torch.tensor(x),
    "expanded tensor": lambda x: torch.tensor(x)[None].expand(2, *x.shape)[1],
    "needs gradient": lambda x: torch.tensor(x, requires_grad=True),
    "data frame": lambda x: pd.DataFrame(x, index=list("fedcba")),
    "nullable": lambda x: pd.DataFrame(x).astype("Float64"),
    "series": lambda x: pd.Series(list(x), index=list("fedcba")),
}


def close(actual, expected, way):
    tolerance = {"half": 1e-2, "big-endian single": 1e-5}.get(way, 1e-12)
    torch.testing.assert_close(actual.detach().double(), expected, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("way", WAYS)
def test_embeddings_are_what_they_hold(way):
    a, b = WAYS[way](A), WAYS[way](B)
    plan = align(a, b)
    close(plan.matrix, EXPECTED.matrix, way)
    close(align_streamed(a, b).matched_share, EXPECTED.matched_share, way)
    close(sweep(a, b).values["matched_share"][0, 0], EXPECTED.matched_share, way)
    moved, expected = (torch.cat(forces(of).on_points(*z)) for of, z in ((plan, (a, b)), (EXPECTED, (A, B))))
    torch.testing.assert_close(moved.detach().double(), expected, atol=0.1 if way == "half" else 1e-4, rtol=1e-3)


@pytest.mark.parametrize("way", WAYS)
def test_marginals_temperatures_and_targets_are_what_they_hold(way):
    mu = WAYS[way](MU)
    expected = align(A, B, mu=MU, nu=MU)
    for door in (align, align_streamed):
        close(door(A, B, mu=mu, nu=mu).loss, expected.loss, way)
    close(align(A, B, "ince", epsilon=mu).loss, align(A, B, "ince", epsilon=MU).loss, way)
    weights = np.abs(A @ B.T)
    close(align(A, B, target=WAYS[way](weights)).target, torch.tensor(weights), way)


@pytest.mark.parametrize(
    "one",
    [0.2, np.float64(0.2), np.array(0.2), np.array([0.2]), np.array([[0.2]]), [0.2],
     torch.tensor([0.2], dtype=torch.float64),
     np.array([0.2], ">f8"), np.longdouble("0.2"), decimal.Decimal("0.2"), pd.Series([0.2])],
    ids=lambda one: f"{type(one).__name__}{np.shape(one)}",
)  # fmt: skip
def test_one_number_is_a_temperature_whatever_it_is_wrapped_in(one):
    for door in (align, align_streamed):
        close(door(A, B, epsilon=one).loss, align(A, B, epsilon=0.2).loss, "")
    for name in ("lambda1", "tol") if np.ndim(one) == 0 or hasattr(one, "item") else ():
        close(align(A, B, "gca-uot", **{name: one}).loss, align(A, B, "gca-uot", **{name: 0.2}).loss, "")


def test_a_temperature_of_one_element_is_learnt():
    epsilon = torch.tensor([0.2], dtype=torch.float64, requires_grad=True)
    align(Z1, Z2, epsilon=epsilon).loss.backward()
    assert epsilon.grad.shape == (1,) and epsilon.grad.abs() > 0


def test_tensors_in_a_list_keep_their_gradients():
    rows = [row.clone().requires_grad_() for row in Z1]
    whole = Z1.clone().requires_grad_()
    align(rows, B).loss.backward()
    align(whole, B).loss.backward()
    torch.testing.assert_close(torch.stack([row.grad for row in rows]), whole.grad)


@pytest.mark.parametrize(
    "partner",
    [np.arange(6)[::-1], np.arange(6)[::-1].astype(">i4"), np.arange(6)[::-1].astype(np.uint16), range(5, -1, -1),
     [torch.tensor(i) for i in range(5, -1, -1)], pd.Series(range(5, -1, -1)), torch.arange(5, -1, -1).byte(),
     np.arange(6)[::-1].astype(object)],
    ids=lambda partner: f"{type(partner).__name__} {getattr(partner, 'dtype', '')}",
)  # fmt: skip
def test_partners_are_whole_numbers_of_any_kind(partner):
    assert align(A, B, partner=partner).pairing.partner.tolist() == [5, 4, 3, 2, 1, 0]


# --- labels ---

CLASSES = {
    "texts": list("aabbcc"),
    "bytes": np.array([b"a", b"a", b"b", b"b", b"\xff", b"\xff"]),
    "objects": np.array(list("aabbcc"), object),
    "series": pd.Series(list("aabbcc"), index=range(3, 9)),
    "categories": pd.Categorical(list("aabbcc")),
    "big-endian": np.array([0, 0, 1, 1, 2, 2], ">i8"),
    "unsigned": np.array([0, 0, 1, 1, 2**63, 2**63], np.uint64),
    "tensor": torch.tensor([0, 0, 1, 1, 2, 2]),
    "half tensor": torch.tensor([0, 0, 1, 1, 2, 2]).bfloat16(),
    "tensors": [torch.tensor(i) for i in (0, 0, 1, 1, 2, 2)],
    "a column": np.array(list("aabbcc"))[:, None],
    "per view": [list("aabbcc")] * 2,
    "dates": np.array(["2020", "2020", "2021", "2021", "2022", "2022"], "M8[Y]"),
}
UNKNOWN = {
    "NaN": np.array([0, 0, 1, 1, np.nan, np.nan]),
    "None": ["a", "a", "b", "b", None, None],
    "NaN among texts": np.array(["a", "a", "b", "b", np.nan, np.nan], object),
    "empty texts": ["a", "a", "b", "b", "", " "],
    "minus one": torch.tensor([0, 0, 1, 1, -1, -1]),
    "NA": pd.Series([0, 0, 1, 1, None, None], dtype="Int64"),
    "masked": np.ma.masked_array([0, 0, 1, 1, 2, 2], mask=[0, 0, 0, 0, 1, 1]),
    "NaT": np.array(["2020", "2020", "2021", "2021", "NaT", "NaT"], "M8[Y]"),
}


@pytest.mark.parametrize("kind", [*CLASSES, *UNKNOWN])
@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_labels_and_domains_of_any_kind(kind, layout):
    """Classmates share the target; who has no label has his partner alone, and is nobody's classmate."""
    labels, known = (CLASSES | UNKNOWN)[kind], 4 if kind in UNKNOWN else 6
    options = {"layout": layout, "target": "label"}
    expected = align(A, B, labels=[0, 0, 1, 1, 2, 2], **options)
    pairs = expected.pairing.partner_mask
    plan = align(A, B, labels=labels, **options)
    row, column = plan.pairing.row_sample < known, plan.pairing.column_sample < known
    assert torch.equal(plan.target[row], expected.target[row])
    assert torch.equal(plan.target[~row], pairs[~row].double())
    # The same classmates are what the numbers count, in every door.
    strangers = (expected.target > 0) & ~pairs & row[:, None] & column
    share = (plan.matrix * strangers).sum() / plan.mass
    close(plan.false_negative_mass(labels), share, "")
    streamed = align_streamed(A, B, layout=layout, labels=labels, domains=labels)
    swept = sweep(
        A, B, read=["false_negative_mass", "same_domain_mass"], layout=layout, labels=labels, domains=labels
    )
    close(streamed.false_negative_mass, share, "half")
    close(swept.values["false_negative_mass"][0, 0], share, "big-endian single")
    close(streamed.same_domain_mass, plan.same_domain_mass(labels), "half")
    for prior in ({"alpha": 0.3, "beta": 0.1}, {"alpha": 0.3, "beta": 0.1, "share": 0.7}):
        domain = align(A, B, target="domain", domains=labels, layout=layout, **prior).target
        close(domain.sum(1), torch.ones(len(domain)).double(), "")
        assert torch.equal(domain[~row], pairs[~row].double()) and (domain[row] > 0).sum() > row.sum()


# --- what is no array of numbers ---

#: what came → words of the answer, and the same after its remedy
REMEDIED = {
    "masked": (np.ma.masked_array(A, mask=A > 1), ["masked or missing", ".filled(0)"], lambda x: x.filled(0)),
    "missing": (pd.DataFrame(A).astype("Float64").mask(A > 1), ["missing", ".fillna(0)"], lambda x: x.fillna(0)),
    "None in a list": ([[None, 1.0, 2.0, 3.0]] * 6, ["missing"], lambda x: [[0.0, *row[1:]] for row in x]),
    "complex": (A + 0j, ["complex", "real part"], np.real),
    "complex tensor": (Z1 + 0j, ["complex", "real part"], torch.real),
    "texts": (A.astype(str), ["numpy.asarray(…, dtype=float)"], lambda x: np.asarray(x, dtype=float)),
    "whole numbers": (np.arange(24).reshape(6, 4), ["Convert them to float32"], lambda x: x.astype(np.float32)),
    "no numbers": (Z1.to("meta"), ["'meta'", "real device"], lambda x: torch.ones_like(x, device="cpu")),
    "one row": (A[0], ["(4,)", "(samples, dimensions)"], lambda x: np.tile(x, (6, 1))),
    "a number": (np.array(1.0), ["shape ()", "(samples, dimensions)"], lambda x: np.full((6, 4), x)),
    "rows with NaN": (np.where(A.max() == A, np.nan, A), ["NaN", "Remove those samples"], None),
    "beyond a double": (A.astype(np.longdouble) * np.longdouble("1e400"), ["infinite"], lambda x: x / x.max()),
}


@pytest.mark.parametrize("fault", REMEDIED)
@pytest.mark.parametrize("door", [align, align_streamed, sweep])
def test_what_is_no_embedding_is_told_and_the_remedy_works(fault, door):
    given, words, remedy = REMEDIED[fault]
    with pytest.raises(InputError) as error:
        door(given, B)
    assert all(word in str(error.value) for word in words), str(error.value)
    if remedy is None:
        kept = np.isfinite(given).all(1)
        door(given[kept], B[kept])
    else:
        door(remedy(given), B)


@pytest.mark.parametrize(
    "nothing", [None, "embeddings", b"z", {"z": 1}, {1.0}, (x for x in A), object(), np.zeros(6, "M8[s]"),
                np.zeros(6, [("x", float)]), [[1.0], [1.0, 2.0]], [torch.ones(4), torch.ones(3)]],
    ids=lambda nothing: type(nothing).__name__,
)  # fmt: skip
def test_what_cannot_be_an_array_is_told(nothing):
    fields = ["z1"] if nothing is None else ["z1", "nu"]  # None is the default of the others
    for field in fields:
        with pytest.raises(InputError, match=field):
            align(**{"z1": A, "z2": B, field: nothing})


@pytest.mark.parametrize("wrong", [True, np.True_, torch.tensor(True), torch.tensor([True]), 1j, "warm", {}, None,
                                   math.nan, torch.tensor([math.nan]), 10**400, 10**5000, pd.NA, [], [0.1, 0.2],
                                   np.ma.masked_array([0.1], mask=[True])],
                         ids=lambda wrong: type(wrong).__name__)  # fmt: skip
def test_what_is_no_temperature_is_told(wrong):
    with pytest.raises(InputError, match="epsilon"):
        align(A, B, epsilon=wrong)


@pytest.mark.parametrize("wrong", [True, np.True_, 1j, "x", {}, torch.ones(2), np.ones(2), 10**400])
def test_what_is_no_penalty_is_told(wrong):
    with pytest.raises(InputError, match="lambda1"):
        align(A, B, "gca-uot", lambda1=wrong)


def test_marginals_beyond_the_number_format_are_told():
    with pytest.raises(InputError, match="Divide all marginals") as error:
        align(A, B, mu=[1e308] * 6, nu=[1e308] * 6)
    assert error.value.parameter == "mu"
    close(align(A, B, mu=np.ones(6), nu=np.ones(6)).loss, EXPECTED.loss, "")


@pytest.mark.parametrize("options", [{"method": ["ince"]}, {"layout": {}}, {"divergence": []}, {"start": "x"},
                                     {"start": (1, 2)}, {"start": 5}], ids=str)  # fmt: skip
def test_names_and_plans_that_are_none_are_told(options):
    with pytest.raises(InputError):
        align(A, B, **options)


@pytest.mark.parametrize("labels", [[0, 1], {}, "aabbcc", np.zeros((6, 2)), [[1], [1, 2], 1, 1, 1, 1], 3], ids=str)
def test_labels_that_do_not_fit_are_told(labels):
    with pytest.raises(InputError, match="labels"):
        align(A, B, target="label", labels=labels)
