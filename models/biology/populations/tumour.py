"""The tumour bed: viable tumour in nests, stroma, vessels, dead cells and freed voxels; growth, loss,
clearance, wounds.
"""

import math

from il2sim.sim.language.model import Model, gated_by


def declare(m: Model) -> None:
    """Solid layer. Its birth rate is solved so that the untreated tumour keeps the doubling time it is
    given.
    """
    tumour = m.cell_type("tumour", "solid", label="viable tumour", colour="#EBC1D6")
    dead = m.cell_type("dead", "solid", label="dead tumour", colour="#9A9A9A")
    m.cell_type("stroma", "solid", label="stroma", colour="#F1E8D6")
    m.cell_type("vessel", "solid", label="vessel", colour="#D55E00")
    cleared = m.cell_type("cleared", "solid", label="cleared bed", colour="#DCEFF9")
    damage = m.trait("damage", layer="solid", bounded=False, means="hits that have not healed yet")
    shown = "whether it shows MHC class I: 1, or 0 in a clone that has lost it"
    tumour.starts(m.trait("mhc1", layer="solid", inherited=True, means=shown), 1.0)

    growth = math.log(2.0) / float(m.given["doubling_time_h"])
    birth = m.par(
        "birth_rate",
        math.nan,
        "1/day",
        range=(0.06, 0.23),
        source="loss + baseline kill + ln 2 / doubling time",
        known="solved",
    )
    tumour.divides(birth, expands=growth, into=cleared)

    loss = m.par(
        "loss_rate", 0.133, "1/day", range=(0.05, 0.22), source="S48, S51: b - r", known="calculated"
    )
    tumour.dies(loss, becomes=dead, label="natural loss")
    clearance = m.par(
        "clearance_rate",
        0.5,
        "1/day",
        range=(0.0167, 2.5),
        source="models [S30] [S85] [S90], which differ 100x",
    )
    dead.becomes(cleared, clearance)

    repair = m.par(
        "repair_rate",
        1.0,
        "1/h",
        range=(0.667, 2.0),
        source="S54: hit interval below 50 min, so wounds last about an hour",
    )
    damage.falls(tumour, repair)
    lysis = m.par(
        "lysis_rate",
        6.0,
        "1/h",
        range=(2.0, 12.0),
        source="no source: minutes from a lethal wound to death",
        known="assumed",
    )
    lethal = m.par("lethal_hits", 3.0, "1", range=(2.0, 4.0), source="S54")
    tumour.dies(lysis, gated_by(damage, ec50=lethal, hill=8), becomes=dead, label="lysis")
