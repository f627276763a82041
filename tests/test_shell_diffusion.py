"""The compiled step on shells: against the same equations as one dense system, and without the compiler."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from il2sim.models.drug.tissue_pk.mesh_spherical import Shells, lay_shells
from il2sim.models.drug.tissue_pk.newton import Sinks, Step, implicit_step
from il2sim.models.drug.tissue_pk.time_above_ec50 import Exposure

D, HELD, ROOT = 144_000.0, 0.3, Path(__file__).parents[1]


def sinks_of(shells: Shells) -> Sinks:
    """Three kinds, a tenth of them beyond the edge."""
    share = 0.1 + 0.9 * shells.share_within(500.0)
    return Sinks(np.array([[40.0], [3.0], [0.5]]), np.array([[0.02], [1.0], [0.2]]), share)


def start_of(shells: Shells) -> np.ndarray:
    """High in the middle, at the basal level elsewhere, and in one place slightly below 0."""
    level = 300.0 * np.exp(-((shells.centre_um / 200.0) ** 2)) + 0.002
    level[-3] = -1e-3
    return level


def stepped(outflow_um_h: float, tolerance: float = 1e-11) -> tuple[Shells, Step]:
    shells = lay_shells(500.0, 2_000.0, 50.0, outflow_um_h)
    start = start_of(shells)
    step = implicit_step(
        shells,
        sinks_of(shells),
        0.8 * start,
        start,
        held_h=HELD,
        diffusivity=D,
        source=np.full_like(start, 0.01),
        tolerance=tolerance,
    )
    return shells, step


def moved(shells: Shells) -> np.ndarray:
    """What diffusion and drift bring to each shell, 1/h, as a matrix: face by face."""
    matrix = np.zeros((shells.volume_um3.size,) * 2)
    for i, (exchange, outflow) in enumerate(zip(shells.exchange_um, shells.outflow_um3_h, strict=True)):
        inner, outer = np.zeros(len(matrix)), np.zeros(len(matrix))
        inner[i], outer[i + 1] = 1.0, 1.0
        outwards = D * exchange * (inner - outer) + outflow * inner
        matrix[i] -= outwards / shells.volume_um3[i]
        matrix[i + 1] += outwards / shells.volume_um3[i + 1]
    return matrix


@pytest.mark.parametrize("outflow_um_h", [0.0, 2_000.0])
def test_it_solves_the_equations(outflow_um_h: float) -> None:
    """Newton's method with a dense matrix finds the same field, change and residual."""
    shells, step = stepped(outflow_um_h)
    sinks, matrix, found = sinks_of(shells), moved(shells), start_of(shells)
    for _ in range(12):
        change = matrix @ found - sinks.total(sinks.saturation(found)) + 0.01
        residual = 0.8 * start_of(shells) + HELD * change - found
        tangent = np.eye(found.size) + HELD * (np.diag(sinks.slope(found)) - matrix)
        found = found + np.linalg.solve(tangent, residual)
    assert step.has_converged
    assert step.concentration == pytest.approx(found, rel=1e-9, abs=1e-11)
    assert step.change == pytest.approx(change, rel=1e-6, abs=1e-7)
    assert np.abs(step.residual).max() <= 1e-11 * 300.0


def test_the_residual_it_gives_is_that_of_its_answer() -> None:
    shells, step = stepped(2_000.0, tolerance=1e-4)
    sinks = sinks_of(shells)
    change = moved(shells) @ step.concentration - sinks.total(sinks.saturation(step.concentration)) + 0.01
    assert step.change == pytest.approx(change, rel=1e-9, abs=1e-9)
    expected = 0.8 * start_of(shells) + HELD * change - step.concentration
    assert step.residual == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_the_guess_is_left_alone() -> None:
    shells = lay_shells(500.0, 2_000.0, 50.0)
    guess = start_of(shells)
    kept = guess.copy()
    numbers = {"held_h": HELD, "diffusivity": D, "source": np.zeros_like(guess), "tolerance": 1e-9}
    implicit_step(shells, sinks_of(shells), guess, guess, **numbers)  # type: ignore[arg-type]
    assert (guess == kept).all()


def test_hours_of_a_place_that_stays_falls_or_rises() -> None:
    """From 8 to 0.5 is four halvings, three of them above 1."""
    exposure = Exposure({"cd8": 1.0}, np.array([1.0, 1.0, 2.0, 4.0]))
    exposure.open_window(0.0)
    exposure.count(np.array([8.0, 0.5, 2.0, 0.1]), np.array([0.5, 8.0, 2.0, 0.0]), 4.0)
    (window,) = exposure.windows()
    assert window.hours["cd8"] == pytest.approx((3.0 + 3.0 + 2.0 * 4.0) / 8.0)


def digest() -> str:
    """SHA-256 over a step with and without flow."""
    digested = hashlib.sha256()
    for outflow_um_h in (0.0, 2_000.0):
        _, step = stepped(outflow_um_h)
        digested.update(step.concentration.tobytes() + step.change.tobytes() + step.residual.tobytes())
    return digested.hexdigest()


def test_same_bits_compiled_and_plain() -> None:
    plain = subprocess.run(
        [sys.executable, "-c", "from tests import test_shell_diffusion as t; print(t.digest())"],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert plain.stdout.split() == [digest()]
