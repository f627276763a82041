"""How immune cells walk: one speed in stroma, one in nests, and the speed at which they cross into a nest.

Entry is a speed, never a chance per attempt: at balance the density in nests over stroma is entry over nest
speed.
"""

from il2sim.sim.language.model import CellType, Model
from il2sim.sim.language.records import Named

_NEST = ("tumour", "dead", "cleared")


def walk(m: Model, cell: CellType, stroma_um_min: float, nest_um_min: float, entry_um_min: float) -> None:
    """Persistent walk of `cell`; speeds in um/min. Dead and freed voxels keep the nest's speeds (assumed)."""
    persistence = m.par(
        "persistence", 5.0, "min", range=(2.0, 15.0), source="M10; models use 10 [S90]", known="memory"
    )
    nest = [m.cell(name) for name in _NEST]
    cell.migrates(
        stroma_um_min,
        persistence_min=Named(60.0 * persistence, getattr(persistence, "name", "")),
        within=dict.fromkeys(nest, nest_um_min),
        entry=dict.fromkeys(nest, entry_um_min),
    )


def um_min(um_per_h: float) -> float:
    """Speeds are declared in um/min, stored in um/h, and walked in um/min."""
    return Named(um_per_h / 60.0, getattr(um_per_h, "name", ""))
