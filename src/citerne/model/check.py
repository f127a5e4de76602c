"""The whole check of a case: its tables, the parameters that the model must know, and its policies."""

from __future__ import annotations

from pathlib import Path

from citerne.base.errors import DataError, Faults
from citerne.case.case import Case, load
from citerne.case.policies import find_policy, policies_of
from citerne.model.names import check_parameter_names
from citerne.model.standard import standard_model


def load_checked(name: str | Path) -> Case:
    """Load a case as `load` does, and check what `load` cannot know.

    Raises
    ------
    UsageError : no such case
    DataError : all faults; those of parameters and policies show once the tables are sound
    """
    case = load(name)
    faults = Faults()
    check_parameter_names(case, standard_model().processes, faults)
    for policy in policies_of(case):
        try:
            find_policy(case, policy)
        except DataError as error:
            faults.found.extend(error.faults)
    faults.raise_if_any()
    return case
