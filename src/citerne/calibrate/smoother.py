"""Ensemble smoother with multiple data assimilation (Emerick & Reynolds 2013, Comput. Geosci. 55:3-15).

An independent method beside `tempering`: m <- m + C_md (C_dd + a C_e)^-1 (d + sqrt(a) e - g(m)), sum 1/a = 1, on
normal scores of the unknowns. Exact for linear models with normal errors (A32), approximate else; it needs no
likelihood, only differences. The arithmetic is that of the library `iterative_ensemble_smoother`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from citerne.base.errors import MissingPartError
from citerne.base.text import _

Array = np.ndarray[Any, Any]


def smooth(
    scores: Array, model: Callable[[Array], Array], observed: Array, errors: Array, *, steps: int = 4, seed: int = 1
) -> Array:
    """Ensemble after `steps` assimilations.

    Parameters
    ----------
    scores : (unknown, member), prior ensemble
    model : scores -> simulated quantities (datum, member)
    observed, errors : (datum,), values and standard deviations

    Raises
    ------
    MissingPartError : the library is not installed
    """
    try:
        library = importlib.import_module("iterative_ensemble_smoother")
    except ImportError as error:
        text = _("The smoother needs one more part: pip install iterative_ensemble_smoother")
        raise MissingPartError(text) from error
    method = library.ESMDA(errors.astype(float) ** 2, observed.astype(float), alpha=steps, seed=seed)
    now = scores.astype(float)
    for _step in range(method.num_assimilations()):
        method.prepare_assimilation(Y=np.asarray(model(now), float), truncation=1.0)
        now = method.assimilate_batch(X=now)
    return np.asarray(now)
