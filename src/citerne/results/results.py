"""What a run leaves behind: labelled series by member and day, with provenance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _

if TYPE_CHECKING:
    import xarray

    from citerne.results.tally import Pooled

Array = np.ndarray[Any, Any]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, order=True)
class SeriesKey:
    """Name of one recorded series; `product` is empty where an outcome has none, `all` for all together."""

    variable: str
    place: str
    product: str
    unit: str = field(compare=False)


@dataclass(frozen=True)
class Provenance:
    """What a run was made from. Equal provenance gives equal bytes."""

    case: str
    case_title: Mapping[str, str]
    case_digest: str
    start: dt.date
    days: int
    members: int
    seed: int
    policy: str
    variant: str
    settings: tuple[str, ...]
    version: str
    until: dt.date | None = None
    prior: str = "prior"


@dataclass(frozen=True)
class Results:
    """Series of an ensemble.

    Attributes
    ----------
    provenance : what the run was made from
    keys : series, in the order of the second axis
    values : float32 (day, series, member); day k holds the end of day `start` + k
    parameters : float32 (member,) by name
    balance : relative error of the fuel ledger by product; 0 when exact
    member_numbers : global numbers of the members
    pooled : counts over all futures of a large run, of which `values` holds the first ones only; else None
    """

    provenance: Provenance
    keys: tuple[SeriesKey, ...]
    values: Array
    parameters: Mapping[str, Array]
    balance: Mapping[str, float]
    member_numbers: Array
    pooled: Pooled | None = None

    @cached_property
    def _position(self) -> dict[tuple[str, str, str], int]:
        return {(key.variable, key.place, key.product): k for k, key in enumerate(self.keys)}

    @property
    def dates(self) -> list[dt.date]:
        """Civil day of each step."""
        return [self.provenance.start + dt.timedelta(days=k) for k in range(self.values.shape[0])]

    def has(self, variable: str, place: str, product: str = "") -> bool:
        """Whether the series was recorded; an outcome without products also answers to `all` and the reverse."""
        return self._find(variable, place, product) is not None

    def _find(self, variable: str, place: str, product: str) -> int | None:
        for name in (product, {"": "all", "all": ""}.get(product, product)):
            k = self._position.get((variable, place, name))
            if k is not None:
                return k
        return None

    def series(self, variable: str, place: str, product: str = "") -> Array:
        """Values (day, member) of one series.

        Raises
        ------
        UsageError : not recorded
        """
        k = self._find(variable, place, product)
        if k is None:
            text = _("No series {variable} for {place} {product} in this run; --record all keeps more.")
            raise UsageError(text.format(variable=variable, place=place, product=product))
        return self.values[:, k, :]

    def key(self, variable: str, place: str, product: str = "") -> SeriesKey:
        """Full key, with unit, of one series."""
        k = self._find(variable, place, product)
        if k is None:
            raise UsageError(_("No series {variable} for {place}.").format(variable=variable, place=place))
        return self.keys[k]

    def quantiles(self, probabilities: Sequence[float] = QUANTILES) -> Array:
        """Quantiles over members, (probability, day, series), linear between order statistics."""
        return quantiles(self.values, probabilities)

    def to_xarray(self) -> xarray.Dataset:
        """One variable per outcome, dimensions (day, place, product, member), missing series as not-a-number."""
        import xarray

        data = {}
        for variable in sorted({key.variable for key in self.keys}):
            of = [(k, key) for k, key in enumerate(self.keys) if key.variable == variable]
            places = sorted({key.place for _k, key in of})
            products = sorted({key.product for _k, key in of})
            shape = (self.values.shape[0], len(places), len(products), self.values.shape[2])
            block = np.full(shape, np.nan, np.float32)
            for k, key in of:
                block[:, places.index(key.place), products.index(key.product)] = self.values[:, k]
            data[variable] = xarray.DataArray(
                block,
                dims=("day", f"{variable}_place", f"{variable}_product", "member"),
                coords={f"{variable}_place": places, f"{variable}_product": products},
                attrs={"units": of[0][1].unit},
            )
        coords = {"day": np.array(self.dates, "datetime64[ns]"), "member": self.member_numbers}
        return xarray.Dataset(data, coords=coords, attrs={"case": self.provenance.case, "seed": self.provenance.seed})


def quantiles(values: Array, probabilities: Sequence[float]) -> Array:
    """Quantiles along the last axis, sorted once (numpy's own sorts once per probability)."""
    ordered = np.sort(values, axis=-1)
    n = ordered.shape[-1]
    out = []
    for p in probabilities:
        at = p * (n - 1)
        low = int(np.floor(at))
        high = min(low + 1, n - 1)
        out.append(ordered[..., low] + (ordered[..., high] - ordered[..., low]) * np.float32(at - low))
    return np.stack(out)
