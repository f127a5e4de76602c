"""YAML files of a case, read with line numbers; what does not fit a declared model is noted in the user's words."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML

from citerne.base.errors import Faults
from citerne.base.text import _
from citerne.schema.cells import closest, shown


class Strict(BaseModel):
    """A frozen model that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TwoLanguages(Strict):
    """A text in English and French."""

    en: str = Field(min_length=1)
    fr: str = Field(min_length=1)


Model = TypeVar("Model", bound=BaseModel)


def read_model(path: Path, model: type[Model], faults: Faults) -> tuple[Model | None, Any]:
    """A YAML 1.2 file as `model`, and its raw keys with line numbers for `line_of`.

    Returns None in place of the model if it has a fault; every fault carries the line and the key.
    """
    data = _read_keys(path, faults)
    if data is None:
        return None, None
    try:
        return model.model_validate(data), data
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            _note(path.name, data, model, problem, faults)
        return None, data


def _read_keys(path: Path, faults: Faults) -> Any:
    try:
        data = YAML(typ="rt").load(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        faults.add(path.name, 0, "", _("a file that cannot be opened"), _("YAML 1.2"), str(error.strerror))
        return None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        faults.add(path.name, line, "", _("bytes that are not UTF-8"), _("UTF-8 text"), _("save the file as UTF-8"))
        return None
    except Exception as error:  # on spoilt text the parser raises many kinds, its own and Python's
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = shown(getattr(error, "problem", None) or error)
        mend = _("check indents and quotes there: {problem}").format(problem=problem)
        faults.add(path.name, mark.line + 1 if mark else 0, "", _("text that is not YAML"), _("YAML 1.2"), mend)
        return None
    if not isinstance(data, dict):
        faults.add(path.name, 1, "", _("no keys"), _("keys with values"), _("write lines such as key: value"))
        return None
    return data


def line_of(data: Any, keys: tuple[Any, ...]) -> int:
    """Line of the deepest of `keys` that stands in the file, or 0."""
    line, node = 0, data
    for key in keys:
        try:
            line = node.lc.data[key][0] + 1  # the same for maps and lists
            node = node[key]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line


def _note(file: str, data: Any, model: type[BaseModel], problem: Any, faults: Faults) -> None:
    """Turn one complaint of the validator into a fault in the user's words."""
    keys = tuple(problem["loc"])
    where = (file, line_of(data, keys), ".".join(str(key) for key in keys))
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "missing":
        faults.add(*where, "", _("a value"), _("add the key"))
    elif kind == "extra_forbidden":
        known = _known_keys(model, keys[:-1])
        faults.add(*where, shown(keys[-1]), _("a declared key"), closest(str(keys[-1]), known))
    else:
        faults.add(*where, shown(problem["input"]), _expected(kind, context, problem["msg"]), _("mend the value"))


def _known_keys(model: type[BaseModel], keys: tuple[Any, ...]) -> list[str]:
    """Keys that the model knows at the place `keys` leads to, as they stand in the file."""
    for key in keys:
        field = next((f for name, f in model.model_fields.items() if key in (name, f.alias)), None)
        inner = field.annotation if field else model
        for part in (inner, *getattr(inner, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                model = part
                break
    return [field.alias or name for name, field in model.model_fields.items()]


def _expected(kind: str, context: Any, message: str) -> str:
    """What the validator expected, in words."""
    if kind.startswith("date"):
        return _("a date like 2025-09-03")
    if kind.startswith("int"):
        return _("a whole number")
    if kind.startswith("float") or kind == "finite_number":
        return _("a number")
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return _("keys with values")
    if kind in ("tuple_type", "list_type"):
        return _("a list, each item after a -")
    bounds = {
        "greater_than": _("a number above {gt}"),
        "greater_than_equal": _("a number of {ge} or more"),
        "less_than": _("a number below {lt}"),
        "less_than_equal": _("a number of {le} or less"),
        "string_pattern_mismatch": _("text of the form {pattern}"),
        "string_too_short": _("text of {min_length} letters or more"),
        "string_type": _("text"),
    }
    return bounds[kind].format(**context) if kind in bounds else message.lower()
