"""The panel of a run: every endpoint that is read from its tissue at surgery.

Layers of the config's `pathology` that are off leave their keys out. On a section every pCR is an upper
bound (`pcr_is_upper_bound`): a plane without viable tumour is not a breast without it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from il2sim.models.config.sections import Pathology
from il2sim.models.pathology.endpoints.registry import Endpoint, EndpointError, Value, declared, of_file
from il2sim.models.pathology.endpoints.specimen import Case, Specimen
from il2sim.models.pathology.section_reading import read_pair
from il2sim.sim.result import Snapshot


def panel(before: Snapshot, after: Snapshot, case: Case) -> dict[str, Value]:
    """Every endpoint of the tissue at surgery (after), for a tumour that was `before` on day 0.

    Those of `score` come first. Raises PathologyError as `section_reading.read_pair`, and EndpointError
    where an endpoint gives no plain value.
    """
    pair = read_pair(before, after, may_be_emptied=case.may_be_emptied, is_axial=case.is_axial)
    return _read(declared().values(), Specimen(pair, case))


def score(before: Snapshot, after: Snapshot, *, is_axial: bool = False) -> dict[str, Value]:
    """Endpoints that follow from the tissue at surgery (after) and of day 0 alone.

    Units are in the keys: mm, percent, cells per mm2. In 3-D slide endpoints are read on the central plane,
    while viable_fraction, rvt_percent_volume, TIL and densities use the whole volume. A ratio without a
    denominator (no Treg, no stroma, no viable cell) is absent, never zero. Raises PathologyError as
    `section_reading.read_pair`.
    """
    pair = read_pair(before, after, is_axial=is_axial)
    return _read(of_file("tissue"), Specimen(pair, Case(0, Pathology(nodes=False))))


def _read(endpoints: Iterable[Endpoint], specimen: Specimen) -> dict[str, Value]:
    found = {}
    for each in endpoints:
        value = each.read(specimen) if each.read else None
        if value is not None:
            found[each.key] = _plain(each.key, value)
    return found


def _plain(key: str, value: object) -> Value:
    """A number of NumPy as Python's own: files and digests hold plain values."""
    own = value.item() if isinstance(value, np.generic) else value
    if isinstance(own, (bool, int, float, str)):
        return own
    raise EndpointError(
        f"endpoint {key!r}: gives a {type(value).__name__}; a number, True or False, a text, or None where "
        "it is absent is allowed"
    )
