"""Compile plain kernel functions and keep the result between runs.

Process files hold plain Python. Here their functions are handed to numba: a function is rebuilt with the kernel
functions it names replaced by their compiled forms, recursively. Nothing of numba is imported before that.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import tempfile
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

from citerne import __version__
from citerne.engine.streaming import lay_by, streaming

MANY = 4  # arguments beyond which a function is inlined by force


@cache
def compiled(function: FunctionType) -> Any:
    """The numba dispatcher of a plain function, with every function of ours that it names compiled too.

    Strict IEEE arithmetic: no reassociation and no contraction, so results do not depend on block or vector width.
    An array travels as seven words, so a call with many of them costs as much as its loop over futures: such functions
    are built into their callers, which makes a day a seventh shorter. Small ones are left to the compiler, since a
    step that calls one of them in fifty places would take as many times longer to compile.

    Arrays handed to one function must not overlap where it writes (`apart`): the names of a step stand for arrays of
    their own, and helpers get rows of different ones. tests/law/test_arrays_apart.py looks at every call of a day.
    """
    import numba

    if function is lay_by:
        return streaming()
    space = dict(function.__globals__)
    for name in function.__code__.co_names:
        value = space.get(name)
        if is_ours(value, function):
            space[name] = compiled(value)
    rebuilt = FunctionType(function.__code__, space, function.__name__, function.__defaults__, function.__closure__)
    many = function.__code__.co_argcount > MANY
    return numba.njit(nogil=True, error_model="numpy", forceinline=many, pipeline_class=apart())(rebuilt)


@cache
def apart() -> Any:
    """Numba's own pipeline, told that the arrays of a call do not overlap.

    Not told so, the compiler puts a test of every pair of them before each loop: up to a hundred, for a loop that is
    over after sixteen strides. Without these tests a day is an eighth shorter, and compiled sooner.
    """
    from numba.core.compiler import Compiler

    class Apart(Compiler):
        def __init__(
            self, typing: Any, target: Any, library: Any, args: Any, result: Any, flags: Any, names: Any
        ) -> None:
            flags.noalias = True  # numba has this flag for its own parallel loops, but no word for it in `njit`
            super().__init__(typing, target, library, args, result, flags, names)  # type: ignore[no-untyped-call]

    return Apart


def is_ours(value: Any, caller: FunctionType) -> bool:
    """Whether a name stands for a plain function to compile along: of this package, or of the caller's own file."""
    return isinstance(value, FunctionType) and (
        value.__module__.startswith("citerne.") or value.__module__ == caller.__module__
    )


def sources(function: FunctionType) -> set[str]:
    """Text of every file of ours that a function is built from: what a cached compilation depends on."""
    seen: set[FunctionType] = set()
    texts: set[str] = set()

    def visit(item: FunctionType) -> None:
        if item in seen:
            return
        seen.add(item)
        texts.add(_file_text(inspect.getfile(item)))
        for name in item.__code__.co_names:
            value: Any = item.__globals__.get(name)
            if is_ours(value, item):
                visit(value)

    visit(function)
    return texts


@cache
def _file_text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def cache_folder() -> Path:
    """Folder for compiled code: CITERNE_CACHE, else the user's cache folder, else a temporary one."""
    chosen = os.environ.get("CITERNE_CACHE")
    base = Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "citerne"
    try:
        base.mkdir(parents=True, exist_ok=True)
        if os.access(base, os.W_OK):
            return base
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="citerne-cache-"))


def digest_of(texts: list[str]) -> str:
    """Name of a compilation: the texts it was made from, our version, numba's version and the processor."""
    state = hashlib.sha256()
    for text in [*sorted(texts), *_compiler()]:
        state.update(text.encode() + b"\0")
    return state.hexdigest()[:24]


@cache
def _compiler() -> tuple[str, ...]:
    """Versions, processor and options that a compilation is good for."""
    import llvmlite.binding
    import numba

    return __version__, numba.__version__, llvmlite.binding.get_host_cpu_name(), f"inline beyond {MANY}, arrays apart"
