"""Interferon gamma: given off by killers while they hold a victim; a few cell widths to a millimetre wide.

What it does is said where it is done: `mhc1`, `pd_l1`, `cxcl10`.
"""

from il2sim.sim.language.model import Model, Signal, Steady, engaged, times


def declare(m: Model) -> None:
    """A steady field of one length that cells see hours late, fed by engaged CD8 and NK cells."""
    spread = m.par("diffusivity", 10.0, "um2/s", range=(3.0, 30.0), source="model [S86]: 1e-7 cm2/s")
    length = m.par(
        "length", 150.0, "um", range=(30.0, 800.0), source="conflict: S60 30-40 um, S58 above 800 um"
    )
    lag = m.par("lag", 6.0, "h", range=(3.0, 24.0), source="S59: several hours of exposure needed")
    pores = m.par(
        "pore_fraction", 0.3, "1", range=(0.15, 0.5), source="as il2.pore_fraction [M2]", known="memory"
    )
    m.par(
        "half",
        0.02,
        "nM",
        range=(0.002, 0.2),
        source="half of all it induces; only its ratio to `secretion` counts: PD-L1 is about 0.4",
        known="assumed",
    )
    means = "interferon gamma; what it does to CD8 cells through MHC-I and PD-L1 is read where they stand"
    field = m.cytokine("ifng", Steady(length, spread / length**2, pores, lag), means=means)
    amount = m.par(
        "secretion", 1.0, "molecules/s", range=(0.1, 10.0), source="no source: see `half`", known="assumed"
    )
    for name in ("cd8", "nk"):
        m.cell(name).secretes(field, amount, times(engaged()))


def field_and_half(m: Model) -> tuple[Signal, float] | None:
    """The field and its half-maximum (nM), for the mechanisms that read it; None where it is knocked out."""
    return (m.cytokine("ifng"), m.number("ifng.half")) if m.has("ifng") else None
