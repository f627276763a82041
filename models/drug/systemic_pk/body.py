"""The body's numbers: how IL-2 that leaves the tumour or the needle's track reaches node and plasma.

Numbers only: blood and node act on no cell by themselves. What becomes of the drug there is `circulation`'s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from il2sim.models.drug.dose_rule import demand
from il2sim.sim.language.model import Model

LN2 = math.log(2.0)
UM3_PER_L = 1e15


def declare(m: Model) -> None:
    """Uptake from the tissue, then the plasma."""
    _declare_uptake(m)
    _declare_plasma(m)


def _declare_uptake(m: Model) -> None:
    m.par("lymph_share", 0.59, "1", range=(0.5, 0.7), source="S7: part of a s.c. dose found in lymph, sheep")
    m.par(
        "node_extraction",
        0.5,
        "1",
        range=(0.0, 1.0),
        source="no source: middle of what is possible; not chosen from bioavailability, which is an output",
        known="assumed",
    )
    m.par("node_time", 1.0, "h", range=(0.25, 6.0), source="no source: stay in the node", known="assumed")
    m.par("node_volume", 1.0, "mL", range=(0.2, 5.0), source="no source: one node's fluid", known="assumed")
    m.par(
        "absorbed_share",
        0.5,
        "1",
        range=(0.0, 1.0),
        source="no source: of what leaks, the part under the skin; the rest runs out of the needle's track",
        known="assumed",
    )
    m.par(
        "absorption_half_life",
        3.3,
        "h",
        range=(2.0, 6.0),
        source="K23: half-life after s.c. injection 3.3 +- 0.9 h, read as absorption (flip-flop)",
        known="calculated",
    )


def _declare_plasma(m: Model) -> None:
    m.par("clearance", 200.0, "mL/min", range=(120.0, 420.0), source="S2: 120; S3: 155-420; K20: 268")
    m.par(
        "volume",
        2.77,
        "L",
        range=(2.0, 4.5),
        source="S2: i.v. bolus 650 IU/mL per 1e6 IU/m2, at 1.8 m2",
        known="calculated",
    )
    m.par(
        "exchange_rate",
        0.5065,
        "1/h",
        range=(0.2, 1.0),
        source="plasma to tissues: 12.9 and 85 min at 120 mL/min in 2.77 L (S2)",
        known="calculated",
    )
    m.par("terminal_half_life", 85.0, "min", range=(85.0, 123.0), source="S2: 85; S3: 100-123")
    m.par(
        "reference_dose",
        0.6,
        "MIU/kg",
        range=(0.6, 0.72),
        source="K24, K25: one dose of high-dose i.v. IL-2",
    )


@dataclass(frozen=True)
class BodyNumbers:
    """The body's numbers in L, h and IU; see `declare` for where each comes from."""

    lymph_share: float
    node_extraction: float
    node_time_h: float
    node_volume_l: float
    absorbed_share: float
    absorption_half_life_h: float
    clearance_l_h: float
    volume_l: float
    exchange_per_h: float
    terminal_half_life_h: float
    weight_kg: float
    reference_iu_kg: float

    @classmethod
    def of(cls, model: Model, weight_kg: float) -> BodyNumbers:
        """As declared, overrides included."""
        return cls(
            lymph_share=model.value("body.lymph_share"),
            node_extraction=model.value("body.node_extraction"),
            node_time_h=model.value("body.node_time"),
            node_volume_l=model.value("body.node_volume") / UM3_PER_L,
            absorbed_share=model.value("body.absorbed_share"),
            absorption_half_life_h=model.value("body.absorption_half_life"),
            clearance_l_h=model.value("body.clearance") / UM3_PER_L,
            volume_l=model.value("body.volume") / UM3_PER_L,
            exchange_per_h=model.value("body.exchange_rate"),
            terminal_half_life_h=model.value("body.terminal_half_life"),
            weight_kg=weight_kg,
            reference_iu_kg=model.value("body.reference_dose"),
        )


@dataclass(frozen=True)
class PlasmaRates:
    """Two-compartment rates, 1/h: elimination, plasma to tissues, back; and the fast of the two slopes.

    The sources disagree: with 12.9 and 85 min and 650 IU/mL per 1e6 IU/m2, clearance must lie between 23 and
    149 mL/min, and 268 cannot be. Kept for any clearance are the volume (a plasma's), the rate into the
    tissues and the slow slope; the way back and the fast slope follow. So 120 mL/min gives back 12.9 min and
    268 gives 6.5 min, which the source of the 268 (K20: 6-13 min) allows.
    """

    out: float
    exchange: float
    back: float
    fast: float

    @classmethod
    def of(cls, numbers: BodyNumbers) -> PlasmaRates:
        """Solve the way back from the slow slope. ValueError where clearance is slower than that slope."""
        out, slow = numbers.clearance_l_h / numbers.volume_l, LN2 / numbers.terminal_half_life_h
        demand("body.clearance", out, out > slow, f"clearance / volume above the slow slope, {slow:g} 1/h")
        back = slow * (out + numbers.exchange_per_h - slow) / (out - slow)
        return cls(out, numbers.exchange_per_h, back, out * back / slow)
