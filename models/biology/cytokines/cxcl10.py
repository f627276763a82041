"""CXCL9/10: tumour cells under interferon gamma call in cells with CXCR3, through the vessels they reach."""

from il2sim.models.biology.cytokines import ifng
from il2sim.sim.language.model import Model, Signal, Steady, gated_by, raised_by

CXCR3 = ("cd8", "nk", "th")


def declare(m: Model) -> None:
    """A steady field fed by tumour cells in interferon; arrivals x 1 + a H."""
    spread = m.par("diffusivity", 10.0, "um2/s", range=(3.0, 30.0), source="as IFN-g [S86]", known="assumed")
    length = m.par("length", 150.0, "um", range=(30.0, 800.0), source="as IFN-g", known="assumed")
    pores = m.par(
        "pore_fraction", 0.3, "1", range=(0.15, 0.5), source="as il2.pore_fraction [M2]", known="memory"
    )
    amount = m.par(
        "secretion", 0.01, "molecules/s", range=(0.001, 0.1), source="no source: see `half`", known="assumed"
    )
    level = m.par(
        "half",
        0.05,
        "nM",
        range=(0.005, 0.5),
        source="no source; with `secretion` only their ratio counts",
        known="assumed",
    )
    most = m.par("fold", 5.0, "1", range=(2.0, 10.0), source="M17: influx at saturation", known="memory")
    interferon = ifng.field_and_half(m)
    if interferon is None:
        return
    means = "CXCL9 and CXCL10, which call and lead CD8, NK and Th cells; Treg are taken not to follow them"
    field = m.cytokine("cxcl10", Steady(length, spread / length**2, pores), means=means)
    m.cell("tumour").secretes(field, amount, gated_by(*interferon))
    for name in CXCR3:
        m.modify(f"{name} enters", raised_by(field, ec50=level, fold=most))


def field_and_half(m: Model) -> tuple[Signal, float] | None:
    """The field and its half-maximum (nM), for who follows it; None where it or interferon is knocked out."""
    return (m.cytokine("cxcl10"), m.number("cxcl10.half")) if "cxcl10" in m.steady else None
