"""MHC class I of tumour cells: clones that lost it, and its rise under interferon gamma.

CD8 cells see only what presents, and better under interferon. NK cells are restrained by what every cell but
a null one has at baseline (1 - 0.8 m at m = 1, `nk_killing.mhc1_leaves`): interferon adds none. The
trait itself is the tumour's.
"""

from il2sim.models.biology.cytokines.ifng import field_and_half
from il2sim.sim.language.model import Model, raised_by


def declare(m: Model) -> None:
    """A share of tumour cells, in patches, is null and so are its daughters; CD8 cells that sense interferon
    kill the rest more readily.
    """
    lost = m.par(
        "null_share",
        0.10,
        "1",
        range=(0.0, 1.0),
        source="S69: 59 % of TNBC have a subclonal or diffuse loss; share of cells in one: no source",
        known="assumed",
    )
    patch = m.par(
        "patch", 500.0, "um", range=(30.0, 5000.0), source="no source: width of a clone", known="assumed"
    )
    trait = m.trait("mhc1", layer="solid", inherited=True)
    m.cell("tumour").starts(trait, share=1.0 - lost, patch_um=patch, anew=True)
    seen = m.par(
        "cd8_gain",
        1.5,
        "1",
        range=(1.0, 3.0),
        source="no source: kills by CD8 under full induction, over those at baseline",
        known="assumed",
    )
    field = field_and_half(m)
    if field is not None:
        m.modify("cd8 hits tumour", raised_by(*field, fold=seen))
