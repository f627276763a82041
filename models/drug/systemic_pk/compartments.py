"""IL-2 in the body: depot under the skin, node, plasma and tissues, in nmol, and the ledger of what came.

It is linear, so every step is exact. Drug only: the body's own IL-2 is left out. It knows no cell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from il2sim.models.drug.dose_rule import demand, nmol_from_iu
from il2sim.models.drug.systemic_pk.body import LN2, BodyNumbers, PlasmaRates

ML_PER_L = 1e3
SAMPLE_H = 0.1  # longest time between two readings of the peak; amounts and areas are exact for any step
_CAME = ("from_tissue", "leaked", "intravenous")
_WENT = ("spilled", "presystemic_loss", "eliminated", "depot", "node", "plasma", "peripheral")
_DEPOT, _NODE, _PLASMA, _PERIPHERAL, _NODE_H, _PLASMA_H, _INFLOW = range(7)

State = NDArray[np.float64]  # [7] nmol in four pools, nmol h in two since the last step, inflow nmol/h


@dataclass(frozen=True)
class VisitExposure:
    """From one injection to the next: peak and area so far of the plasma, peak of the node's fluid."""

    cmax_iu_ml: float
    auc_iu_h_ml: float
    node_cmax_nM: float  # noqa: N815


class Circulation:
    """Node, plasma and tissues, in nmol, with the ledger of everything that came.

    Cleared drug parts into lymph and blood; so does what a subcutaneous depot of the leak gives up. Lymph
    passes a node that keeps a share (`presystemic_loss`); plasma exchanges with the tissues and is cleared.
    """

    def __init__(self, numbers: BodyNumbers) -> None:
        self.numbers, self.rates = numbers, PlasmaRates.of(numbers)
        self._generator = _generator(numbers, self.rates)
        self._flows: dict[float, NDArray[np.float64]] = {}
        self._state: State = np.zeros(7)
        self._booked = dict.fromkeys((*_CAME, "spilled", "presystemic_loss", "eliminated"), 0.0)
        self._visits: list[VisitExposure] = []

    def advance(self, hours: float, cleared_nmol: float, leaked_nmol: float = 0.0) -> None:
        """Go on by `hours`, in which the tissue gives up `cleared_nmol` evenly; the leak comes at once."""
        is_time = 0.0 < hours < math.inf or (hours == 0.0 and cleared_nmol == 0.0)
        demand("body: hours", hours, is_time, "above 0, or 0 with nothing cleared")
        for name, amount in (("cleared_nmol", cleared_nmol), ("leaked_nmol", leaked_nmol)):
            demand(f"body: {name}", amount, 0.0 <= amount < math.inf, "0 nmol or more")
        absorbed = leaked_nmol * self.numbers.absorbed_share
        self._booked["from_tissue"] += cleared_nmol
        self._booked["leaked"] += leaked_nmol
        self._booked["spilled"] += leaked_nmol * (1.0 - self.numbers.absorbed_share)
        self._state[_DEPOT] += absorbed
        if hours > 0.0:
            self._state[_INFLOW] = cleared_nmol / hours
            steps = math.ceil(hours / SAMPLE_H - 1e-9)
            for _ in range(steps):
                self._step(hours / steps)

    def give_intravenously(self, nmol: float) -> None:
        """A bolus into the plasma, for the published references."""
        demand("body: bolus", nmol, 0.0 <= nmol < math.inf, "0 nmol or more")
        self._booked["intravenous"] += nmol
        self._state[_PLASMA] += nmol
        self._read(0.0)

    def open_visit(self) -> None:
        """A new window of peak and area; what is still in the plasma counts."""
        self._visits.append(VisitExposure(self.plasma_iu_ml, 0.0, self.node_nM))

    @property
    def plasma_nM(self) -> float:  # noqa: N802
        """Drug in the plasma, nM."""
        return float(self._state[_PLASMA]) / self.numbers.volume_l

    @property
    def plasma_iu_ml(self) -> float:
        """Drug in the plasma, IU/mL."""
        return iu_ml(self.plasma_nM)

    @property
    def node_nM(self) -> float:  # noqa: N802
        """Drug in the fluid of the draining node, nM; its volume is assumed, so only the order counts."""
        return float(self._state[_NODE]) / self.numbers.node_volume_l

    @property
    def visits(self) -> tuple[VisitExposure, ...]:
        """Every window so far."""
        return tuple(self._visits)

    @property
    def ledger(self) -> dict[str, float]:
        """Every nmol so far, each term from its own formula; `residual_relative` is what does not close.

        from_tissue + leaked + intravenous = spilled + presystemic_loss + eliminated + depot + node + plasma +
        peripheral.
        """
        pools = ("depot", "node", "plasma", "peripheral")
        book = self._booked | dict(zip(pools, map(float, self._state), strict=False))
        return book | {"residual_relative": unbalanced(book)}

    def endpoints(self) -> dict[str, object]:
        """Per injection: plasma peak and area, the area of one high-dose i.v. dose over it (None for 0), the
        node's peak.
        """
        reference = self.numbers.reference_iu_kg * self.numbers.weight_kg
        high_dose = reference / (self.numbers.clearance_l_h * ML_PER_L)
        areas = [visit.auc_iu_h_ml for visit in self._visits]
        return {
            "plasma_cmax_iu_ml": [visit.cmax_iu_ml for visit in self._visits],
            "plasma_auc_iu_h_ml": areas,
            "exposure_margin": [high_dose / area if area > 0.0 else None for area in areas],
            "node_cmax_nM": [visit.node_cmax_nM for visit in self._visits],
        }

    def _step(self, step_h: float) -> None:
        if step_h not in self._flows:
            self._flows = {step_h: np.asarray(expm(self._generator * step_h))}
        state: State = self._flows[step_h] @ self._state
        lost = self.numbers.node_extraction / self.numbers.node_time_h
        self._booked["presystemic_loss"] += lost * float(state[_NODE_H])
        self._booked["eliminated"] += self.rates.out * float(state[_PLASMA_H])
        self._state = state
        self._read(iu_ml(float(state[_PLASMA_H]) / self.numbers.volume_l))
        self._state[[_NODE_H, _PLASMA_H]] = 0.0

    def _read(self, area: float) -> None:
        """Add to the open window, if there is one."""
        if self._visits:
            last = self._visits[-1]
            self._visits[-1] = VisitExposure(
                max(last.cmax_iu_ml, self.plasma_iu_ml),
                last.auc_iu_h_ml + area,
                max(last.node_cmax_nM, self.node_nM),
            )


def iu_ml(concentration_nM: float) -> float:  # noqa: N803
    """Concentration in IU/mL (1 nM is about 250)."""
    return concentration_nM / (nmol_from_iu(1.0) * ML_PER_L)


def _generator(numbers: BodyNumbers, rates: PlasmaRates) -> NDArray[np.float64]:
    """d state / dt = generator @ state."""
    lymph, absorption = numbers.lymph_share, LN2 / numbers.absorption_half_life_h
    drained = 1.0 / numbers.node_time_h
    a = np.zeros((7, 7))
    a[_DEPOT, _DEPOT] = -absorption
    for source, rate in ((_DEPOT, absorption), (_INFLOW, 1.0)):
        a[_NODE, source] = lymph * rate
        a[_PLASMA, source] = (1.0 - lymph) * rate
    a[_NODE, _NODE] = -drained
    a[_PLASMA, _NODE] = (1.0 - numbers.node_extraction) * drained
    a[_PLASMA, _PLASMA] = -(rates.out + rates.exchange)
    a[_PLASMA, _PERIPHERAL], a[_PERIPHERAL, _PLASMA] = rates.back, rates.exchange
    a[_PERIPHERAL, _PERIPHERAL] = -rates.back
    a[_NODE_H, _NODE] = a[_PLASMA_H, _PLASMA] = 1.0
    return a


def unbalanced(book: Mapping[str, float]) -> float:
    """What a ledger lacks to close, over the larger of its two sides."""
    came, went = (math.fsum(book.get(name, 0.0) for name in side) for side in (_CAME, _WENT))
    largest = max(abs(came), abs(went))
    return abs(came - went) / largest if largest > 0.0 else 0.0
