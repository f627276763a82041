"""A stand-in for the model: quick, plausible, exact in its numbers; for what surrounds a run."""

import hashlib
import os
import signal
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from il2sim.experiments.study.execute import Outcome, Run, Section, record_of
from il2sim.models import Config
from il2sim.models.fingerprint import DIGEST
from il2sim.sim.result import Maps, Result, Snapshot

SOLID = ("empty", "tumour", "dead", "stroma", "vessel", "cleared")
IMMUNE = ("empty", "cd8", "nk", "treg", "th", "other_til")
POISON = 0.7  # sTIL above which the stand-in stops with an error


def effect(config: Config) -> float:
    """How much lower the stand-in's viable fraction ends with drug: exactly known."""
    return 0.4 * config.schedule.dose_iu_per_mm / 1e6


def viable_at_surgery(config: Config, seed: int) -> float:
    """What the stand-in ends with: the seed's own luck, shared by the arms, less the effect."""
    return 1.2 + (seed % 97) / 1000.0 - effect(config)


def series(config: Config, seed: int) -> dict[str, NDArray[np.float64]]:
    day = np.arange(0.0, config.schedule.surgery_day + 0.01, 0.25)
    viable = 1.0 + (viable_at_surgery(config, seed) - 1.0) * day / day[-1]
    counts = {"tumour": 1000.0 * viable, "dead": 0.1 * viable, "cd8": 100.0 + day, "nk": 9.0 + 0.0 * day}
    il2 = 0.002 + config.schedule.dose_iu_per_mm / 1e6 * np.exp(-(day % 7))
    return {"day": day, "viable_fraction": viable, **counts, "il2_mean_nM": il2, "exhaustion": 0.43 + 0 * day}


def snapshot(config: Config, day: float, dimensions: int = 2) -> Snapshot:
    """A disc or ball of tumour with a stripe of CD8 cells."""
    side = 24
    centre = (np.indices((side,) * dimensions) + 0.5 - side / 2) * 15.0
    bed = np.sqrt((centre**2).sum(axis=0)) < 120.0
    solid = np.where(bed, 1, 0).astype(np.int8)
    immune = np.where(bed & (np.abs(centre[0]) < 15.0), 1, 0).astype(np.int8)
    il2 = np.full((6,) * dimensions, 0.002 + config.schedule.dose_iu_per_mm / 1e6)
    return Snapshot(day, solid, immune, bed, il2, 15.0, 60.0, SOLID, IMMUNE)


LOST_ON = 7.0


def maps(config: Config) -> Maps:
    """Half the disc lost on day 7; CD8 and, on one line, NK kill. Hours rise with the dose."""
    shot = snapshot(config, 0.0)
    row = np.indices(shot.solid.shape)[1]
    lost = np.where(shot.bed & (row >= 12), LOST_ON, np.nan).astype(np.float32)
    killed = np.where(shot.bed & (row >= 12), 1, 0).astype(np.int8)
    killed[shot.bed & (row == 12)] = 2
    kills = {"cd8": 2 * int((killed == 1).sum()), "nk": int((killed == 2).sum())}
    hours = np.full((6, 6), 40.0 * config.schedule.dose_iu_per_mm / 1e6, np.float32)
    return Maps(lost, killed, kills, hours, 0.02, 15.0, 60.0, IMMUNE)


def result(config: Config, seed: int) -> Result:
    rows = series(config, seed)
    viable = float(rows["viable_fraction"][-1])
    visits = len(config.schedule.days)
    endpoints: dict[str, Any] = {"viable_fraction": viable, "mpr": viable < 1.0, "rcb_class": "II"}
    endpoints |= {"cd8_treg_ratio": float("nan"), "cd8_hours": [10.0] * visits}
    injected = config.schedule.dose_iu_per_mm / 1e5
    books = {
        "injected": injected,
        "leaked": 0.5 * injected,
        "cleared": 0.375 * injected,
        "taken_up_cd8": 0.025 * injected,
        "taken_up_treg": 0.1 * injected,
        "residual_relative": 1e-9,
    }
    cells = {"cd8": {"initial": 100, "divisions": 28, "entries": 0, "deaths": 0, "final": 128}}
    outline = {"circles_um": [[0.0, 0.0, 60.0]], "tracks_um": [], "track_radius_um": 0.0}
    depots = [{"place": "centre", "inner_um": 0.0, "outer_um": 60.0, **outline}] if injected else []
    last = config.schedule.surgery_day
    taken = [snapshot(config, day, config.space.dimensions) for day in (0.0, 0.25, last / 2, last)]
    taken[2] = replace(taken[2], il2=None)
    ledger = {"il2_nmol": books, "cells": cells}
    digest = hashlib.sha256(f"{config.hash}/{seed}".encode()).hexdigest()
    return Result(endpoints, rows, ledger, {"depots": depots}, tuple(taken), digest, maps(config))


class Simulation:
    """Steps a day at a time; settles in one step; stops with an error where there is too much infiltrate."""

    def __init__(self, config: Config, seed: int, baseline: object = None) -> None:
        self.config, self.seed, self.baseline = config, seed, baseline
        self.day = 0.0

    def step(self) -> None:
        if self.config.patient.stil > POISON:
            raise RuntimeError("tick 3: il2: nan nM at voxel 17")
        self.day += self.baseline is not None
        self.baseline = "settled"

    @property
    def finished(self) -> bool:
        return self.day >= self.config.schedule.surgery_day

    @property
    def progress(self) -> float:
        return min(1.0, self.day / self.config.schedule.surgery_day)

    def result(self) -> Result:
        return result(self.config, self.seed)


def carried(run: Run) -> Outcome:
    """The outcome of a run, without the steps between."""
    if run.config.patient.stil > POISON:
        return Outcome(run, None, {}, (), "Traceback of the stand-in\nRuntimeError: tick 3: il2: nan nM")
    found = result(run.config, run.seed)
    made = {
        "result_digest": found.digest,
        "digest": DIGEST,
        "endpoints": found.endpoints,
        "ledger": found.ledger,
        "timing": {"wall_s": 2.0, "agent_days": 10.0},
        "provenance": found.provenance,
    }
    sections = tuple(Section(**vars(taken)) for taken in found.snapshots)
    return Outcome(run, record_of(run, made), found.series, sections, maps=found.maps)


def deadly(run: Run) -> Outcome:
    """Kills the process it runs in where there is too much infiltrate."""
    if run.config.patient.stil > POISON:
        os.kill(os.getpid(), signal.SIGKILL)
    return carried(run)


def sweep(axes: dict[str, tuple[str, ...]], replicates: int = 2, twin: bool = True) -> Config:
    """A design on a tumour of 5 mm."""
    base = Config.model_validate({"name": "case", "patient": {"width": "5 mm"}})
    return base.model_copy(
        update={
            "sweep": Config.model_validate(
                {"sweep": {"axes": axes, "replicates": replicates, "twin": twin}}
            ).sweep
        }
    )
