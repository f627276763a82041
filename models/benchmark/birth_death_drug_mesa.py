"""The rules of `birth_death_drug` as one writes them in Mesa: an agent a cell, a grid of neighbourhoods.

Its only use is to be timed. The field is not solved here; agents take up from it.
"""

from __future__ import annotations

import mesa
import numpy as np
from mesa.discrete_space import CellAgent, OrthogonalMooreGrid

from il2sim.models.benchmark.birth_death_drug import (
    BOLUS_NM,
    CELL_UM,
    DEATH_PER_DAY,
    DIVISION_PER_DAY,
    FIELD_UM,
    STEP_HOURS,
    UPTAKE_PER_DAY,
)

SIDE = round(FIELD_UM / CELL_UM)  # cells along a field voxel
DAYS = STEP_HOURS / 24.0


class Agent(CellAgent):  # type: ignore[misc, unused-ignore]  # Mesa comes without types
    """One cell."""

    def step(self) -> None:
        """Take up, then die or divide."""
        x, y = self.cell.coordinate
        self.model.drug[x // SIDE, y // SIDE] *= 1.0 - UPTAKE_PER_DAY * DAYS / SIDE**2
        if self.random.random() < DEATH_PER_DAY * DAYS:
            self.remove()
        elif self.random.random() < DIVISION_PER_DAY * DAYS:
            free = [place for place in self.cell.neighborhood if place.is_empty]
            if free:
                Agent(self.model).cell = self.random.choice(free)


class MesaBirthDeathDrug(mesa.Model):  # type: ignore[misc, unused-ignore]
    """n x n voxels, one agent in each."""

    def __init__(self, n: int, seed: int = 1) -> None:
        super().__init__(rng=seed)
        self.grid = OrthogonalMooreGrid((n, n), torus=False, capacity=1, random=self.random)
        self.drug = np.full((-(-n // SIDE), -(-n // SIDE)), BOLUS_NM)
        for place in self.grid.all_cells:
            Agent(self).cell = place

    def step(self) -> None:
        """2 h of every agent, in random order."""
        self.agents.shuffle_do("step")
