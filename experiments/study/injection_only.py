"""One injection followed in the tissue-PK solution alone, at constant cells: no lattice, no chance."""

from __future__ import annotations

import hashlib
import json
import math
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from il2sim.experiments.study.execute import CHANGED, Outcome, Run, record_of
from il2sim.models import Config
from il2sim.models.biology.cytokines import il2
from il2sim.models.biology.treatment_effects.systemic import SystemicPools
from il2sim.models.build import build
from il2sim.models.drug.first_order_lag import lagged
from il2sim.models.drug.geometries.injection import Technique, depots
from il2sim.models.drug.schedule import Visits
from il2sim.models.drug.systemic_pk.body import BodyNumbers
from il2sim.models.drug.systemic_pk.compartments import Circulation
from il2sim.models.drug.tissue_pk.field_3d import VolumeBook
from il2sim.models.drug.tissue_pk.time_above_ec50 import Window
from il2sim.models.drug.tissue_pk.transport import Transport, Uptake

DENSITY_PER_ML = {"treg": 4e6, "cd8": 1.8e7, "nk": 2e6, "th": 1.5e7}
"""Cells per mL of tumour, held constant: assumed baseline, as in the radial reference of the tests. Of named
cells, as there is no tissue here in which others could be counted.
"""

MEDIAN_STIL = 0.15  # at which they are so many (assumed: the source's median patient)
WEEK_H = 168.0
STEP_H = 0.5  # between two looks whether the drug is gone; the book takes its own steps
BLOOD_H = 72.0  # the plasma of an injection is followed so long
BEYOND_UM = 20_000.0  # of the edge: the widest depot, 10 x at 20 mm, reaches 10 mm beyond it


@dataclass(frozen=True)
class Injected:
    """One injection on its way: the book of the whole tumour, the declared model, the lowest threshold, and
    what leaked at once.
    """

    book: VolumeBook
    model: Any
    lowest_nM: float  # noqa: N815
    leaked_nmol: float


def injected(
    config: Config, dose_iu: float, technique: Technique, density_per_ml: Mapping[str, float]
) -> Injected:
    """The tumour with one dose in it. Symmetric depots only. Raises FieldError as VolumeBook does."""
    uncrowded = {"patient.stil": "1 %"}  # numbers alone: a section's limit on crowding is none of the book's
    model = build(config.with_values(uncrowded))
    radius_um = config.patient.width_um / 2.0
    thresholds = {name: model.value(f"il2.ec50_{name}") for name in ("cd8", "treg")}
    transport = Transport(
        diffusivity_um2_h=model.value("il2.diffusivity"),
        clearance_per_h=math.log(2.0) / model.value("il2.half_life"),
        pore_fraction=model.value("il2.pore_fraction"),
        basal_nM=model.value("il2.basal"),
        outflow_um_h=model.value("il2.outflow"),
    )
    taken_up = il2.uptake(model).items()  # by unstimulated cells, which carry no CD25
    uptakes = tuple(Uptake(cell, *numbers) for cell, numbers in taken_up if cell in density_per_ml)
    book = VolumeBook(
        *(radius_um, transport, uptakes, thresholds, density_per_ml),
        outside_share=model.value("il2.outside_share"),
        beyond_um=BEYOND_UM,
    )
    parts = depots(dose_iu, radius_um, transport.pore_fraction, technique)
    book.inject(parts)
    return Injected(book, model, min(thresholds.values()), math.fsum(part.leaked_nmol for part in parts))


def exposure(
    config: Config, dose_iu: float, technique: Technique, density_per_ml: Mapping[str, float]
) -> Window:
    """Hours above thresholds within a week of one injection, or until no threshold is passed any more.

    Symmetric depots only. Raises FieldError as VolumeBook does.
    """
    found = injected(config, dose_iu, technique, density_per_ml)
    book = found.book
    looks_um = np.linspace(0.0, config.patient.width_um / 2.0, 200)
    while book.hour < WEEK_H and book.concentration(looks_um).max() > found.lowest_nM:
        book.advance(min(STEP_H, WEEK_H - book.hour), density_per_ml)
    return book.windows[0]


def plasma_course(config: Config) -> tuple[Any, NDArray[np.float64]]:
    """Plasma IL-2 (nM) after one planned injection, at every STEP_H from hour 0 to BLOOD_H, and the numbers.

    All that clears from the tissue and all that leaks goes through the circulation; cells stay as dense as
    the config's sTIL says.
    """
    visits, density = Visits(config), _density(config)
    found = injected(config, visits.planned.dose.dose_iu, visits.technique, density)
    blood = Circulation(BodyNumbers.of(found.model, config.patient.weight_kg))
    blood.advance(0.0, 0.0, found.leaked_nmol)
    levels = [blood.plasma_nM]
    while found.book.hour < BLOOD_H - 1e-9:
        before = found.book.cleared_nmol
        found.book.advance(STEP_H, density)
        blood.advance(STEP_H, found.book.cleared_nmol - before)
        levels.append(blood.plasma_nM)
    return found.model, np.array(levels)


def plasma_endpoints(model: Any, levels_nM: NDArray[np.float64]) -> dict[str, float]:  # noqa: N803
    """Highest signals of a lesion that sees only the plasma; and the blood's own Treg, where declared."""
    highest = {}
    for name in ("cd8", "treg"):
        hill = model.value(f"il2.hill_{name}")
        sensed = levels_nM**hill / (model.value(f"il2.ec50_{name}") ** hill + levels_nM**hill)
        signal = most = 0.0
        for target in sensed[:-1]:
            signal = lagged(signal, float(target), STEP_H, model.value("il2.signal_lag"))
            most = max(most, signal)
        highest[f"plasma_{name}_signal"] = most
    if "systemic.ec50_treg" in model.parameters:
        pools, most = SystemicPools(model), 0.0
        for level in levels_nM[:-1]:
            pools.advance(STEP_H, float(level))
            most = max(most, pools.response["treg"])
        highest["blood_treg_response"] = most
    return highest


def _density(config: Config) -> dict[str, float]:
    """Cells per mL in proportion to the config's sTIL."""
    many = config.patient.stil / MEDIAN_STIL
    return {name: many * each for name, each in DENSITY_PER_ML.items()}


def first_injection(run: Run) -> Outcome:
    """The config's first injection as a run with the endpoints of exposure; its seed changes nothing.

    Cells are as dense as the config's sTIL says, in proportion. What the model raises is the failure.
    """
    return _carried(run, _exposure_endpoints)


def first_injection_and_blood(run: Run) -> Outcome:
    """The same, and what its plasma would do to a lesion elsewhere and to the blood's Treg."""
    return _carried(
        run, lambda config: _exposure_endpoints(config) | plasma_endpoints(*plasma_course(config))
    )


def _exposure_endpoints(config: Config) -> dict[str, Any]:
    visits = Visits(config)
    dose_iu = visits.planned.dose.dose_iu
    seen = exposure(config, dose_iu, visits.technique, _density(config))
    hours = {f"{name}_hours": [hours] for name, hours in seen.hours.items()}
    return hours | {"coverage_12h": [seen.coverage_12h], "dose_iu": [dose_iu]}


def _carried(run: Run, measured: Callable[[Config], dict[str, Any]]) -> Outcome:
    started = time.perf_counter()
    if not run.is_of_this_code:
        return Outcome(run, None, {}, (), CHANGED)
    try:
        endpoints = measured(run.config)
    except Exception:  # whatever stopped one must not stop the others; it is named and kept
        return Outcome(run, None, {}, (), traceback.format_exc())
    made = {
        "result_digest": hashlib.sha256(json.dumps(endpoints, sort_keys=True).encode()).hexdigest(),
        "endpoints": endpoints,
        "ledger": {},
        "timing": {"wall_s": time.perf_counter() - started},
        "provenance": {},
    }
    return Outcome(run, record_of(run, made), {"day": np.array([0.0])}, ())
