"""The one door of arrays: whatever a user hands over → a torch tensor, or a sentence that says why not."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.labels import numbered


def as_tensor(values: Any, name: str) -> Tensor:
    """A tensor of real numbers: a torch tensor as it is, anything else as a copy.

    Args:
        values: a tensor (dense or sparse, with or without gradient), an array however it lies in memory, a data
            frame or series, or a list of numbers, of arrays or of tensors, whose gradients are kept.
        name: what it is called in an error.

    Returns:
        Floats as float16 … float64 (a long double as float64), whole numbers as int64, or bool. On the device of
        the first tensor among the values, else on the CPU.

    Raises:
        InputError: nothing that could be an array of real numbers, or one with masked or missing entries.
    """
    if isinstance(values, (list, tuple)) and any(holds_tensors(value) for value in values):
        return _stacked(values, name)
    if not isinstance(values, Tensor):
        return _of_array(_as_array(values, name), name, type(values).__name__)
    if values.is_complex():
        raise _no_numbers(f"{name} of complex numbers", name, "Use its real part, or its absolute values")
    if values.is_meta:
        raise _no_numbers(
            f"{name} on the device 'meta', which holds no numbers", name, "Compute it on a real device"
        )
    if values.is_quantized:
        return values.dequantize()
    if values.layout == torch.strided and not values.is_nested:
        return values
    try:
        return values.to_padded_tensor(torch.nan) if values.is_nested else values.to_dense()
    except RuntimeError as error:
        raise _no_numbers(f"{name}, a tensor of layout {values.layout}", name, "Make it dense") from error


def as_vector(values: Any, name: str) -> Tensor:
    """The same of one value per sample: a column of a table is a vector."""
    tensor = as_tensor(values, name)
    return tensor.squeeze(1) if tensor.ndim == 2 and tensor.shape[1] == 1 else tensor


def as_codes(values: Any, name: str) -> Tensor:
    """int64 in the shape of ``values``: equal for equal labels, −1 where there is no label.

    What a missing label is says :func:`gca_viz.labels.numbered`.

    Raises:
        InputError: rows of unequal length.
    """
    try:
        return torch.from_numpy(numbered(values)[0])
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"{name} of type {type(values).__name__} that make no array",
            f"{name} must be one number or text per sample",
            "Look for rows of unequal length, or pass one column of the table",
            parameter=name,
        ) from error


def holds_tensors(value: Any) -> bool:
    """Whether it is a tensor, or a list with one in it: something that lives on a device."""
    if isinstance(value, (list, tuple)):
        return any(map(holds_tensors, value))
    return isinstance(value, Tensor)


def _stacked(values: list[Any] | tuple[Any, ...], name: str) -> Tensor:
    """Tensors, and numbers among them, as one tensor."""
    parts = [as_tensor(value, name) for value in values]
    dtype, device = parts[0].dtype, next(p.device for p, v in zip(parts, values, strict=True) if holds_tensors(v))
    for part in parts[1:]:
        dtype = torch.promote_types(dtype, part.dtype)
    if len({part.shape for part in parts}) > 1:
        raise _ragged(name, "list")
    return torch.stack([part.to(device, dtype) for part in parts])


def _as_array(values: Any, name: str) -> np.ndarray:
    if isinstance(values, np.ma.MaskedArray):
        if np.ma.getmaskarray(values).any():
            raise _missing(name)
        values = values.data
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise _ragged(name, type(values).__name__) from error


def _of_array(array: np.ndarray, name: str, came: str = "list") -> Tensor:
    """A copy of an array in a number format that torch has, in the order of its axes."""
    if array.dtype.kind == "O":
        numbers = _of_objects(array, name)
        if isinstance(numbers, Tensor):
            return numbers
        array = numbers
    if array.dtype.kind == "V":  # number formats of other packages, such as bfloat16
        array = _as_floats(array, name)
    kind, native = array.dtype.kind, array.dtype.newbyteorder("=")
    if kind == "c":
        raise _no_numbers(f"{name} of complex numbers", name, "Use its real part, or its absolute values")
    if kind not in "fiub":
        raise _ragged(name, f"{came} of {array.dtype.type.__name__}" if array.ndim else type(array.item()).__name__)
    if kind == "f" and array.dtype.itemsize > 8:
        native = np.dtype(np.float64)
    elif kind in "iu":
        if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
            native = np.dtype(np.float64)
        else:
            native = np.dtype(np.int64)
    with np.errstate(over="ignore"):  # what is too large becomes infinite, which is told
        return torch.tensor(np.ascontiguousarray(array, native).reshape(array.shape))


def _of_objects(array: np.ndarray, name: str) -> np.ndarray | Tensor:
    """An array of objects as one of numbers: a series of lists is a matrix."""
    if array.ndim == 0:
        raise _ragged(name, type(array.item()).__name__)
    things = array.ravel().tolist()
    if any(thing is None or thing is np.ma.masked or type(thing).__name__ == "NAType" for thing in things):
        raise _missing(name)
    if any(isinstance(thing, (list, tuple, np.ndarray, Tensor)) for thing in things):
        rows = (
            as_tensor(things, name) if any(map(holds_tensors, things)) else _of_array(_as_array(things, name), name)
        )
        return rows.reshape(*array.shape, *rows.shape[1:])
    if all(isinstance(thing, bool) for thing in things):
        return array.astype(bool)
    if all(isinstance(thing, Integral) and abs(int(thing)) < 2**63 for thing in things):
        return array.astype(np.int64)
    if any(isinstance(thing, (str, bytes)) for thing in things):
        raise _ragged(name, "array of texts")
    if any(isinstance(thing, complex) and not isinstance(thing, Real) for thing in things):
        raise _no_numbers(f"{name} of complex numbers", name, "Use its real part, or its absolute values")
    return _as_floats(array, name)


def _as_floats(array: np.ndarray, name: str) -> np.ndarray:
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise _ragged(name, f"array of {type(array.ravel()[0]).__name__}" if array.size else "array") from error


def _no_numbers(got: str, name: str, remedy: str) -> InputError:
    return InputError(got, f"{name} must be real numbers", remedy, parameter=name)


def _missing(name: str) -> InputError:
    return InputError(
        f"{name} with masked or missing entries",
        f"every entry of {name} must be a number",
        "Fill them, e.g. with .filled(0) or .fillna(0), or remove their samples from both views",
        parameter=name,
    )


def _ragged(name: str, what: str) -> InputError:
    return InputError(
        f"{name} of type {what}",
        f"{name} must be a torch tensor, a numpy array or a list of numbers",
        "Convert it, e.g. with numpy.asarray(…, dtype=float), and look for texts or rows of unequal length",
        parameter=name,
    )
