"""Oxygen from vessels: tumour cells far from all of them die.

The level is relative: 1 is the mean of a bed with the median vessel density; supply per vessel drops out.
"""

from il2sim.sim.language.model import Model, Steady, lowered_by


def declare(m: Model) -> None:
    """A steady field that reaches one viable rim; death where it falls under a share of the mean."""
    rim = m.par(
        "rim", 130.0, "um", range=(100.0, 180.0), source="M9: viable rim round a vessel", known="memory"
    )
    loss = 1.0  # 1/h; any number, the level is relative
    means = "1 is its mean in a bed with hypoxia.vessels, each a voxel"
    oxygen = m.cytokine("oxygen", Steady(rim, loss, 1.0), relative=True, means=means)
    usual = m.par(
        "vessels",
        75.0,
        "1/mm2",
        range=(30.0, 150.0),
        source="S74, S75: as patient.vessels by default; so many make the mean of 1",
    )
    vessels_per_um3 = usual / float(m.given["voxel_um"])  # each a voxel of a slab as thick
    supply = loss / (vessels_per_um3 * 1e15)  # nmol/h per vessel voxel for a mean of 1 nM
    m.cell("vessel").secretes(oxygen, supply)
    least = m.par(
        "threshold",
        0.2,
        "1",
        range=(0.05, 0.5),
        source="no source: share of the mean supply at which cells die at half the rate",
        known="assumed",
    )
    rate = m.par(
        "death_rate", 0.5, "1/day", range=(0.1, 2.0), source="no source: about 2 days", known="assumed"
    )
    m.cell("tumour").dies(
        rate, lowered_by(oxygen, ic50=least, to=0.0, hill=8), becomes=m.cell("dead"), label="hypoxia"
    )
