"""Compiled entries: one machine-code function per step, that finds its arrays through a table of addresses.

An entry takes (day, seed, table). The table is a row of 64-bit words: for every array its address and its shape. So
all entries look alike to the day loop, each is compiled and kept on disk by itself, and an edited process costs the
compilation of that process alone.
"""

from __future__ import annotations

import ctypes
import importlib.util
import inspect
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, cast

import numpy as np

from citerne.engine.compile import cache_folder, compiled, digest_of, sources

CLOCK = ("day", "seed")
Array = np.ndarray[Any, Any]
Shape = tuple[tuple[str, int], ...]  # dtype and number of axes of each array, in argument order


@dataclass(frozen=True)
class Entry:
    """What is compiled: a plain step and the shape of the arrays it takes (the clock left out)."""

    name: str
    step: Callable[..., None]
    arrays: Shape

    def key(self) -> str:
        """Name of the compilation: the sources that the step is built from, and its arrays."""
        return _key(self)

    def folder(self) -> Path:
        """Where the compiled entry is kept."""
        return cache_folder() / self.key()

    def is_kept(self) -> bool:
        """Whether a compilation of just these sources is on disk."""
        return any(self.folder().glob("__pycache__/*.nbc"))


@cache
def _key(entry: Entry) -> str:
    texts = [*sources(cast(FunctionType, entry.step)), repr(entry.arrays), _text(entry)]
    return f"{entry.name}_{digest_of(texts)}"


@cache
def array_names(step: Callable[..., None]) -> tuple[str, ...]:
    """Names of the arrays that a step asks for, in argument order; the clock left out."""
    return tuple(name for name in inspect.signature(step).parameters if name not in CLOCK)


def entry_of(name: str, step: Callable[..., None], arrays: Sequence[Array]) -> Entry:
    """The entry of a step for arrays like these (`arrays` in the order of `array_names`)."""
    return Entry(name, step, tuple((array.dtype.str[1:], array.ndim) for array in arrays))


def words_of(array: Array) -> tuple[int, ...]:
    """Address and shape of an array, as an entry reads them.

    Raises
    ------
    ValueError : the array is not C-contiguous, so that these do not tell where its cells are
    """
    if not array.flags.c_contiguous:
        raise ValueError("an array that a step is to see must be C-contiguous")
    buffer: Any = array  # numpy's hints do not say that it is one
    try:
        # a third of the time of `array.ctypes`, and a chunk binds hundreds of arrays
        return ctypes.addressof(ctypes.c_char.from_buffer(buffer)), *array.shape
    except (TypeError, ValueError):  # nothing to write in: empty, or read-only
        return array.ctypes.data, *array.shape


def table_of(arrays: Sequence[Array], seen: dict[int, tuple[int, ...]] | None = None) -> Array:
    """The table (int64) through which an entry finds these arrays; they must outlive its use.

    `seen` keeps the words of each array by its identity, for other tables of the same arrays.
    """
    seen = {} if seen is None else seen
    words: list[int] = []
    for array in arrays:
        mark = id(array)
        known = seen.get(mark)
        if known is None:
            known = seen[mark] = words_of(array)
        words += known
    return np.array(words or [0], np.int64)


def compiled_entry(entry: Entry) -> Any:
    """The compiled entry, an object whose `address` is that of its machine code; from disk where it is kept."""
    return _entry_in(entry, cache_folder())


@cache
def _entry_in(entry: Entry, _folder: Path) -> Any:
    """One entry once a process and cache folder: every ensemble of a process shares it."""
    names = {"arrays": _arrays_of(entry.arrays), "step": compiled(cast(FunctionType, entry.step))}
    return kept_function(entry.key(), _text(entry), names)


def kept_function(key: str, text: str, names: Mapping[str, Any]) -> Any:
    """Machine code of `entry(day, seed, table)` in `text`, where `names` stand for more functions; kept under `key`."""
    import numba

    types: Any = numba.types
    module = _module(cache_folder() / key, key, text)
    for name, value in names.items():
        setattr(module, name, value)
    signature = types.void(types.int64, types.uint64, types.CPointer(types.int64))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", numba.NumbaWarning)
        return numba.cfunc(signature, cache=True, error_model="numpy")(module.entry)


def _text(entry: Entry) -> str:
    """Source of the entry: it unpacks the table and calls the step."""
    found = [f"a{k}" for k in range(len(entry.arrays))]
    names = iter(found)
    given = [name if name in CLOCK else next(names) for name in inspect.signature(entry.step).parameters]
    unpacking = f"    {', '.join(found)}, = arrays(table)\n" if found else ""
    return f"def entry(day, seed, table):\n{unpacking}    step({', '.join(given)})\n"


def _arrays_of(arrays: Shape) -> Any:
    """A compiler intrinsic: the table's words as a tuple of numpy arrays that own nothing."""
    from llvmlite import ir
    from numba import types as numba_types
    from numba.extending import intrinsic
    from numba.np import arrayobj
    from numba.np.numpy_support import from_dtype

    types: Any = numba_types  # numba has no type hints
    lay: Any = arrayobj
    kinds = [types.Array(from_dtype(np.dtype(dtype)), ndim, "C") for dtype, ndim in arrays]
    word = ir.IntType(64)

    def view(context: Any, builder: Any, kind: Any, words: Sequence[Any]) -> Any:
        array = lay.make_array(kind)(context, builder)
        size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
        strides: list[Any] = []
        step: Any = word(size)
        for length in reversed(words[1:]):
            strides.insert(0, step)
            step = builder.mul(step, length)
        data = builder.inttoptr(words[0], array.data.type)
        lay.populate_array(array, data, list(words[1:]), strides, size, None)
        return array._getvalue()

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        views, at = [], 0
        for kind in kinds:
            last = at + 1 + kind.ndim
            words = [builder.load(builder.gep(args[0], [word(k)])) for k in range(at, last)]
            views.append(view(context, builder, kind, words))
            at = last
        return context.make_tuple(builder, signature.return_type, views)

    @intrinsic
    def find(_typing: Any, table: Any) -> Any:
        return types.Tuple(kinds)(table), build

    return find


def _module(folder: Path, name: str, text: str) -> Any:
    """Import the written entry from its own file, which numba needs in order to cache beside it."""
    path = folder / f"{name}.py"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        folder.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.utime(draft, (1_600_000_000, 1_600_000_000))  # numba keys its cache on the time of the file
        os.replace(draft, path)
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification  # a path we just wrote
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module
