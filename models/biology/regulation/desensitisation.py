"""Desensitisation of CD8 and NK cells under high IL-2 (off by default): the signal fades within hours.

One set of blood-cell data [S23]: pSTAT5 at 84 nM, and 1-3 nM as the best level at 4 h. In tissue: unknown.
"""

from typing import NamedTuple

import numpy as np

from il2sim.sim.language.model import Model, gated_by, times


class Fit(NamedTuple):
    """Loss and return of responsiveness (1/h), and the level (nM) of half the loss."""

    loss: float
    back: float
    half: float


# fitted together to S23, CD8 and NK: `tests/test_desensitisation.py` does it again
FITTED = {"cd8": Fit(1.0, 0.03, 15.0), "nk": Fit(0.68, 0.03, 18.0)}


def declare(m: Model) -> None:
    """r' = back (1 - r) - loss H(IL-2) r; the signal is r times what it was; the gate of division follows."""
    il2, signal = m.cytokine("il2"), m.trait("il2_signal", bounded=False)
    primed = m.trait("primed", bounded=False)
    left = (
        "what high IL-2 has left of its response; priming asks for il2.priming_signal of what a cell can hold"
    )
    ready = m.trait("responsiveness", means=left)
    for name, fit in FITTED.items():
        cell = m.cell(name)
        loss = m.par(f"loss_{name}", fit.loss, "1/h", range=(0.3, 2.0), source="S23, 84 nM", known="fitted")
        back = m.par(
            f"return_{name}", fit.back, "1/h", range=(0.01, 0.2), source="S23, 84 nM", known="fitted"
        )
        half = m.par(f"half_{name}", fit.half, "nM", range=(3.0, 40.0), source="S23, 4 h", known="fitted")
        cell.starts(ready, 1.0)
        ready.rises(cell, back)
        ready.falls(cell, loss, gated_by(il2, ec50=half))
        if not m.has("il2"):
            continue
        highest = plateau(m.value(f"il2.ec50_{name}"), Fit(loss, back, half), m.value(f"il2.hill_{name}"))
        gate = m.value("il2.priming_signal") * highest
        m.modify(f"il2_signal rises in {name}", times(ready))
        if m.has("cd25"):
            m.modify(f"il2_signal rises in {name} through CD25", times(ready))
        m.drop(f"primed rises in {name}")
        primed.rises(
            cell, 1.0 / m.number("il2.priming_memory"), gated_by(signal, gate, hill=8), label="its signal"
        )


def plateau(ec50: float, fit: Fit, hill: float = 2.0) -> float:
    """The highest signal that a constant level can hold (1 without this): the gate's new measure."""
    level = np.geomspace(1e-3, 1e3, 2001)
    response = level**hill / (level**hill + ec50**hill)
    ready = fit.back / (fit.back + fit.loss * level / (level + fit.half))
    return float((response * ready).max())
