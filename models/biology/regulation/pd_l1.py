"""PD-L1 on tumour cells, induced by interferon gamma: it lowers killing by CD8 cells and tires them.

P = IFN / (IFN + half), the same field that the tumour cells answer to, hours late.
"""

from il2sim.models.biology.cytokines.ifng import field_and_half
from il2sim.sim.language.model import Model, engaged, gated_by, lowered_by, times


def declare(m: Model) -> None:
    """Kills x (1 - 0.7 P); exhaustion x P, in place of the one number that `exhaustion` has without this."""
    strength = m.par(
        "strength", 0.7, "1", range=(0.4, 0.9), source="no source: kill x (1 - 0.7 P)", known="assumed"
    )
    field = field_and_half(m)
    if field is None:
        return
    m.modify("cd8 hits tumour", lowered_by(*field, to=1.0 - strength))
    if m.has("exhaustion"):
        m.drop("exhaustion rises in cd8")
        met = (times(m.trait("reactive")), times(engaged()), gated_by(*field))
        onset = m.number("exhaustion.onset_rate")
        m.trait("exhaustion").rises(m.cell("cd8"), onset, *met, label="PD-L1")
