"""One injection followed in the volume book alone, at constant cells: no lattice, no chance, seconds."""

from __future__ import annotations

import hashlib
import json
import math
import time
import traceback
from collections.abc import Mapping

import numpy as np

from experiments.execute import CHANGED, Outcome, Run, record_of, run_id
from models import Config
from models.build import build
from models.exposure import Window
from models.injection import Technique, depots
from models.transport import Transport, Uptake
from models.visits import Visits
from models.volume_book import VolumeBook

DENSITY_PER_ML = {"treg": 4e6, "cd8": 1.8e7, "nk": 2e6, "th": 1.5e7}
"""Cells per mL of tumour, held constant: assumed baseline (biology.md, "Limits of the radial field")."""

MEDIAN_STIL = 0.15  # at which they are so many (assumed: the source's median woman)
WEEK_H = 168.0
STEP_H = 0.5  # between two looks whether the drug is gone; the book takes its own steps
BEYOND_UM = 20_000.0  # of the edge: the widest depot, 10 x at 20 mm, reaches 10 mm beyond it


def exposure(
    config: Config, dose_iu: float, technique: Technique, density_per_ml: Mapping[str, float]
) -> Window:
    """Hours above thresholds within a week of one injection, or until no threshold is passed any more.

    Symmetric depots only. Raises FieldError as VolumeBook does.
    """
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
    taken_up = model.uptakes.items()  # by cells at rest, which carry no CD25
    uptakes = tuple(Uptake(cell, *numbers) for (cell, _), numbers in taken_up if cell in density_per_ml)
    book = VolumeBook(
        *(radius_um, transport, uptakes, thresholds, density_per_ml),
        outside_share=model.value("il2.outside_share"),
        beyond_um=BEYOND_UM,
    )
    book.inject(depots(dose_iu, radius_um, transport.pore_fraction, technique))
    looks_um = np.linspace(0.0, radius_um, 200)
    while book.hour < WEEK_H and book.concentration(looks_um).max() > min(thresholds.values()):
        book.advance(min(STEP_H, WEEK_H - book.hour), density_per_ml)
    return book.windows[0]


def first_injection(run: Run) -> Outcome:
    """The config's first injection as a run with the endpoints of exposure; its seed changes nothing.

    Cells are as dense as the config's sTIL says, in proportion. What the model raises is the failure.
    """
    started, config = time.perf_counter(), run.config
    if run.id != run_id(config.hash, run.seed):
        return Outcome(run, None, {}, (), CHANGED)
    visits, many = Visits(config), config.patient.stil / MEDIAN_STIL
    density = {name: many * each for name, each in DENSITY_PER_ML.items()}
    try:
        seen = exposure(config, visits.planned.dose.dose_iu, visits.technique, density)
    except Exception:  # whatever stopped one must not stop the others; it is named and kept
        return Outcome(run, None, {}, (), traceback.format_exc())
    endpoints = {f"{name}_hours": [hours] for name, hours in seen.hours.items()}
    endpoints |= {"coverage_12h": [seen.coverage_12h], "dose_iu": [visits.planned.dose.dose_iu]}
    made = {
        "result_digest": hashlib.sha256(json.dumps(endpoints, sort_keys=True).encode()).hexdigest(),
        "endpoints": endpoints,
        "ledger": {},
        "timing": {"wall_s": time.perf_counter() - started},
        "provenance": {},
    }
    return Outcome(run, record_of(run, made), {"day": np.array([0.0])}, ())
