"""What happened where in one run: viable tumour lost, kills by whom, hours of IL-2. For pictures alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from il2sim.models.config.model import Config
from il2sim.sim.engine import Engine
from il2sim.sim.lattice import Lattice
from il2sim.sim.result import Maps

__all__ = ["Maps", "Places"]


class Places:
    """Follows the section, or a volume's central plane. Changes nothing that the cells could notice."""

    def __init__(self, config: Config, engine: Engine, threshold_nM: float | None) -> None:  # noqa: N803
        """`threshold_nM`: hours above it are counted; None where there is no IL-2."""
        self._config, self._engine, self._threshold_nM = config, engine, threshold_nM
        self._tumour = engine.table.code("tumour")
        self._viable = self._is_viable()
        self._lost_day = np.full(self._viable.shape, np.nan, np.float32)
        self._ticks_above = (
            np.zeros(_plane(self._il2()).shape, np.int32) if threshold_nM is not None else None
        )

    def after_tick(self) -> None:
        """The field that this tick's cells saw."""
        if self._ticks_above is not None:
            self._ticks_above += _plane(self._il2()) > self._threshold_nM

    def look(self, day: float) -> None:
        """Who is gone since the last look, and who is back."""
        now = self._is_viable()
        self._lost_day[self._viable & ~now] = day
        self._lost_day[now] = np.nan
        self._viable = now

    def maps(self) -> Maps:
        """Everything up to the last look."""
        lattice, names = self._engine.tissue.lattice, self._engine.table.cells["immune"]
        contacts, ticks = self._engine.contacts, self._ticks_above
        killed = np.zeros(self._viable.shape, np.int8)
        kills: dict[str, int] = {}
        if contacts is not None:
            killed = _slice(lattice, contacts.killed_by).copy()
            kills = {"" if code == 0 else names[code]: int(n) for code, n in enumerate(contacts.killed) if n}
        return Maps(
            self._lost_day,
            killed,
            kills,
            None if ticks is None else (ticks * self._engine.clocks.tick_hours).astype(np.float32),
            self._threshold_nM if self._threshold_nM is not None else np.nan,
            lattice.voxel_um,
            self._config.space.field_voxel_um,
            names,
        )

    def _is_viable(self) -> NDArray[np.bool_]:
        tissue = self._engine.tissue
        found: NDArray[np.bool_] = _slice(tissue.lattice, tissue.layers["solid"].type_at) == self._tumour
        return found

    def _il2(self) -> NDArray[np.float64]:
        """nM per field voxel."""
        tissue = self._engine.tissue
        row = self._engine.table.cytokines.index("il2")
        found: NDArray[np.float64] = tissue.concentration[row].reshape(tissue.field_shape)
        return found


def _plane(grid: NDArray[Any]) -> NDArray[Any]:
    return grid[:, :, grid.shape[2] // 2] if grid.ndim == 3 else grid


def _slice(lattice: Lattice, flat: NDArray[Any]) -> NDArray[Any]:
    """A flat padded array as the section, or the central plane."""
    return _plane(lattice.grid(flat))
