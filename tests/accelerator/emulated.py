"""An accelerator that needs none: tensors that say they are on CUDA and keep their numbers on the CPU.

What would fail on a device fails here: an operation between a tensor there and one on the CPU (but a 0-d one), and
numpy's view of a tensor there. What would make the host wait for the device is counted with its line: numbers that
are read, come or go, and masks that are turned into indices.

A tensor there is a wrapper, whose operations arrive at ``Emulated.__torch_dispatch__``. Those that make tensors,
move or read them are caught before, by a function mode: torch would look for the device that they name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

DEVICE = torch.device("cuda", 0)
#: what reads numbers of a tensor in Python, and in torch itself
_READS = {"item", "tolist", "__float__", "__bool__", "__int__", "__index__", "is_nonzero"}
_WAITS = {"aten::_local_scalar_dense", "aten::equal", "aten::is_nonzero", "aten::nonzero", "aten::masked_select"}
_WAITS |= {"aten::_unique2", "aten::unique_dim", "aten::unique_consecutive"}
_COPIES = {"aten::copy_", "aten::_to_copy"}
#: a mask among the indices is turned into numbers, whose count the host must know
_INDEXED = {"aten::index", "aten::index_put", "aten::index_put_"}

waits: list[str] = []


class Emulated(Tensor):
    """A tensor on the device."""

    inner: Tensor

    @staticmethod
    def __new__(cls, inner: Tensor) -> Emulated:
        there: Emulated = Tensor._make_wrapper_subclass(
            cls, inner.shape, strides=inner.stride(), dtype=inner.dtype, device="cpu", layout=inner.layout
        )
        there.inner = inner
        return there

    device = property(lambda self: DEVICE)
    is_cuda = property(lambda self: True)
    is_cpu = property(lambda self: False)

    def __repr__(self) -> str:
        return f"Emulated({self.inner})"

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        with torch._C.DisableTorchFunctionSubclass():
            return func(*args, **(kwargs or {}))

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return _dispatch(func, args, dict(kwargs or {}))


@contextmanager
def emulated() -> Iterator[list[str]]:
    """Within it there is such a device; the lines on which the host waited for it."""
    waits.clear()
    with _Functions(), _Operations():
        yield waits


def there(tensor: Tensor) -> Tensor:
    """The same numbers on the device."""
    return Emulated(tensor.detach().clone())


def here(tensor: Tensor) -> Tensor:
    """The same numbers on the CPU; they must have been on the device."""
    tensor = tensor.detach()
    assert isinstance(tensor, Emulated), f"a result of shape {tuple(tensor.shape)} on the CPU"
    return tensor.inner


def _wait() -> None:
    """Note the line of the package that asked."""
    frame = sys._getframe(1)
    while frame.f_back is not None and "gca_viz/" not in frame.f_code.co_filename:
        frame = frame.f_back
    waits.append(f"{frame.f_code.co_filename.rpartition('gca_viz/')[2]}:{frame.f_lineno}")


def _is_there(device: Any) -> bool:
    return device is not None and torch.device(device).type == "cuda"


def _inner(value: Any) -> Any:
    return value.inner if isinstance(value, Emulated) else value


def _wrapped(value: Any) -> Any:
    return Emulated(value) if isinstance(value, Tensor) and not isinstance(value, Emulated) else value


def _dispatch(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """An operation of torch, on the numbers themselves."""
    name, (flat, _) = func._schema.name, tree_flatten((args, kwargs))
    tensors = [value for value in flat if isinstance(value, Tensor)]
    on_device = [tensor for tensor in tensors if isinstance(tensor, Emulated)]
    goes_there = bool(on_device)
    if kwargs.get("device") is not None:
        # Autograd makes new tensors where it believes the device to be, and that is the CPU.
        goes_there = _is_there(kwargs["device"]) or (goes_there and name.startswith("aten::new_"))
        kwargs["device"] = torch.device("cpu")
    if on_device and name not in _COPIES:
        # CUDA takes the indices of a tensor there from the CPU.
        checked = [args[0], *args[2:]] if name in _INDEXED else tensors
        if any(isinstance(of, Tensor) and of.ndim and not isinstance(of, Emulated) for of in checked):
            raise RuntimeError(f"{name}: expected all tensors on one device, but found {DEVICE} and cpu")
        masks = name in _INDEXED and any(tensor.dtype == torch.bool for tensor in tensors[1:])
        if name in _WAITS or masks:
            _wait()
    found = func(*tree_map(_inner, args), **tree_map(_inner, kwargs))
    if func._schema.is_mutable and args and isinstance(args[0], Emulated) and found is args[0].inner:
        return args[0]
    if isinstance(kwargs.get("out"), Emulated):
        return kwargs["out"]
    return tree_map(_wrapped, found) if goes_there else found


class _Operations(TorchDispatchMode):
    """Operations that have no tensor of the device among their arguments."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return _dispatch(func, args, dict(kwargs or {}))


class _Functions(TorchFunctionMode):
    """What reads, moves and makes tensors."""

    def __torch_function__(self, func: Callable[..., Any], types, args=(), kwargs=None):
        kwargs, name = dict(kwargs or {}), getattr(func, "__name__", "")
        first = args[0] if args else None
        if isinstance(first, Emulated):
            if name in _READS:
                _wait()
                return func(first.inner, *args[1:], **kwargs)
            if name in ("numpy", "__array__"):
                raise TypeError(f"can't convert {DEVICE} device type tensor to numpy. Use Tensor.cpu() first")
            if name == "new_tensor":
                _wait()
                return Emulated(first.inner.new_tensor(*args[1:], **kwargs))
        if name in ("to", "cpu", "cuda") and isinstance(first, Tensor):
            return _moved(first, name, args[1:], kwargs, lambda: func(*args, **kwargs))
        if _is_there(kwargs.get("device")):
            kwargs["device"] = torch.device("cpu")
            if name in ("tensor", "as_tensor"):
                _wait()
            follows = kwargs.pop("requires_grad", False)
            made = tree_map(_wrapped, func(*map(_inner, args), **kwargs))
            return made.requires_grad_() if follows else made
        return func(*args, **kwargs)


def _moved(
    tensor: Tensor, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], elsewhere: Callable[[], Any]
) -> Tensor:
    """``tensor.to(…)``, ``.cpu()`` or ``.cuda()``."""
    rest = {key: value for key, value in kwargs.items() if key != "device"}
    target: Any = kwargs.get("device")
    for value in args:
        if isinstance(value, Tensor):
            target, rest["dtype"] = value.device, value.dtype
        elif isinstance(value, torch.dtype):
            rest["dtype"] = value
        elif isinstance(value, (str, torch.device)):
            target = value
    if name != "to":
        target, rest = name, {}
    if target is None:
        return elsewhere()
    goes, comes = _is_there(target), isinstance(tensor, Emulated)
    if goes != comes:
        _wait()
    elif not rest or rest.get("dtype") == tensor.dtype:
        return tensor
    moved: Tensor = _Move.apply(tensor, goes, rest)
    return moved


class _Move(torch.autograd.Function):
    """Numbers that come or go, with their gradients the other way."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor, goes: bool, rest: dict[str, Any]) -> Tensor:
        ctx.was_there, ctx.dtype = isinstance(tensor, Emulated), tensor.dtype
        numbers = _inner(tensor).clone().to(**rest)
        return Emulated(numbers) if goes else numbers

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        numbers = _inner(gradient).to(ctx.dtype)
        return Emulated(numbers) if ctx.was_there else numbers, None, None
