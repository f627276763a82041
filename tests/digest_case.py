"""One day of a 0.5-mm tumour under IL-2, by the engine alone; prints the digest, with the JIT or without."""

import hashlib
import sys

import numpy as np

from il2sim.models.build import build, contact_substeps
from il2sim.models.config.model import Config
from il2sim.models.tissue.initial_tissue import lattice_of, lay_tissue
from il2sim.sim.compile.arrays import tabulate
from il2sim.sim.engine import Clocks, Declared, Engine
from il2sim.sim.result import digest, state

TICKS = 144
CASE = {
    "patient.width": "0.5 mm",
    "patient.stil": "30 %",
    "cd8.reactive_share": "0.4",
    "cd8_killing.kill_rate": "12 1/day",
}
MARGIN = {2: "1 mm", 3: "0.2 mm"}  # round the cells; what counts are the kernels, not the empty room


def day_of(dimensions: int) -> tuple[str, dict[str, int]]:
    """Digest after a day, and what happened: events by sentence."""
    space = {"space.dimensions": str(dimensions), "space.margin": MARGIN[dimensions]}
    config = Config().with_values(CASE | space)
    model = build(config)
    table = tabulate(model, lattice_of(config))
    table.set_rate("tumour divides", 0.02)
    for name in table.cells["immune"][1:]:
        table.set_rate(f"{name} enters", 0.05)
    tissue = lay_tissue(config, model, table, seed=11)
    clocks = Clocks(1 / 6, 3, 36, contact_substeps(config))
    engine = Engine(tissue, table, Declared(list(model.rules.values()), model.walks), 11, clocks)
    engine.set_field("il2", np.linspace(0.0, 8.0, tissue.concentration.shape[1]))
    engine.pass_time(48.0, np.full(len(table.cells["immune"]), 0.002))
    for _ in range(TICKS):
        engine.step()
    tissue.check()
    counts = engine.counts
    books = {
        name: getattr(counts, name) for name in ("fired", "left", "filled", "gained", "owed", "turned_back")
    }
    happened = {s: n for s, n in zip(table.sentences, counts.fired.tolist(), strict=True) if n}
    return digest(state(tissue, table), books), happened


def chances() -> str:
    """Digest of exp and expm1 over 100,000 values, as kernels have them."""
    from il2sim.sim.kernels.rates import decay, probability

    values = np.random.default_rng(5).uniform(0.0, 40.0, 100_000).tolist()
    both = [(decay(x, 1.0), probability(x, 1.0)) for x in values]
    return hashlib.sha256(np.array(both).tobytes()).hexdigest()


if __name__ == "__main__":
    print(chances(), *day_of(int(sys.argv[1])), sep="\n")
