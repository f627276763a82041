"""Killing by CD8 cells (rule 10): reactive ones hit what presents; hits add up unless they heal first."""

from il2sim.sim.language.model import Model, times


def declare(m: Model) -> None:
    """Hits on tumour cells; `tumour` says how wounds heal and kill."""
    kills = m.par("kill_rate", 4.0, "1/day", range=(1.0, 16.0), source="S53: 2-16 a day; S55: 6 h a kill")
    contact = m.par("contact_time", 6.0, "h", range=(0.5, 6.0), source="S55: 6 h on average")
    m.cell("cd8").hits(
        m.cell("tumour"),
        kills,
        times(m.trait("reactive")),
        raises=m.trait("damage", layer="solid", bounded=False),
        release=1.0 / contact,
        target=(times(m.trait("mhc1", layer="solid", inherited=True)),),
    )
