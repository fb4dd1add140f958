"""Names of classes and functions in a pickle: what tensors and plain values need, and what runs commands."""

from __future__ import annotations

import torch

#: what may be called with whatever arguments: name → nothing it takes is larger than they are
_FREE = frozenset(
    {"collections.OrderedDict", "collections.Counter", "torch.Size", "torch.device", "_codecs.encode"}
    | {f"{module}.{name}" for module in ("builtins", "__builtin__") for name in ("set", "complex", "bytearray")}
    | {f"torch._utils.{name}" for name in ("_rebuild_parameter", "_rebuild_parameter_with_state")}
    | {f"torch._utils.{name}" for name in ("_rebuild_sparse_tensor", "_rebuild_meta_tensor_no_storage")}
    | {"torch.serialization._get_layout"}
)
#: what makes a tensor of a storage, an offset, a size and a stride
TENSOR_MAKERS = frozenset(
    f"torch._utils.{name}"
    for name in ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_qtensor")
)
#: what makes a tensor of a subclass, by another function
OF_A_TYPE = "torch._tensor._rebuild_from_type_v2"
#: classes that are named, and never called
_NAMED = frozenset({"torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer"})
#: modules, and single functions, that run commands or reach outside
_RUNS = frozenset(
    {"os", "posix", "nt", "sys", "subprocess", "shutil", "runpy", "importlib", "socket", "pty", "ctypes", "code"}
    | {"webbrowser", "pickle", "marshal", "platform", "commands", "asyncio", "multiprocessing", "pip", "timeit"}
)
_RUN = frozenset(
    f"{module}.{name}"
    for module in ("builtins", "__builtin__")
    for name in ("eval", "exec", "execfile", "compile", "open", "__import__", "input", "breakpoint")
)


def is_needed(name: str) -> bool:
    """Whether a class or function belongs to weights and plain values."""
    module, _, last = name.rpartition(".")
    is_storage = last.endswith("Storage") and module in ("torch", "torch.cuda", "torch.storage")
    is_kind = module == "torch" and isinstance(
        getattr(torch, last, None), (torch.dtype, torch.layout, torch.qscheme)
    )
    return is_storage or is_kind or name in _FREE or name in TENSOR_MAKERS or name in _NAMED or name == OF_A_TYPE


def runs(name: str) -> bool:
    """Whether a name runs commands or reaches outside."""
    return name in _RUN or name.partition(".")[0] in _RUNS
