"""What Mesa's `batch_run` needs of a model so that a table ends with surgery and every seed arrives.

Measured with Mesa 3.3.1 and 3.5.1. Where Mesa has changed, a batch is run all the same, less what this adds.
"""

from __future__ import annotations

import inspect
import warnings
from dataclasses import dataclass
from typing import Any

_RUNNER, _BATCH, _MODULE = "_model_run_func", "batch_run", "mesa.batchrunner"


@dataclass(frozen=True)
class Batch:
    """The run of a batch that makes a model: Mesa's limit of steps, and whether it lost a swept `rng`."""

    max_steps: int
    lost_rng: bool

    def warn(self, steps: int, surgery_day: float) -> None:
        """Say so where the limit cuts a course of so many steps; in time, as a course can take minutes."""
        if self.max_steps < steps:
            warnings.warn(
                f"batch_run's max_steps={self.max_steps} ends this course before surgery on day "
                f"{surgery_day:g}; write max_steps={steps} or more",
                stacklevel=3,
            )
        if self.lost_rng:
            warnings.warn(
                "Mesa has replaced the swept 'rng' by None; sweep 'seed', or write batch_run(..., rng=[...])",
                stacklevel=3,
            )


def batch_of_caller() -> Batch | None:
    """The batch that makes this model; None for a model of one's own. Mesa tells a model nothing of it."""
    frame, found = inspect.currentframe(), None
    swept: Any = {}
    while frame is not None:
        if frame.f_globals.get("__name__") == _MODULE and frame.f_code.co_name == _RUNNER:
            found = frame.f_locals
        elif frame.f_globals.get("__name__") == _MODULE and frame.f_code.co_name == _BATCH:
            swept = frame.f_locals.get("parameters", {})
        frame = frame.f_back
    if found is None or not isinstance(found.get("max_steps"), int):
        return None
    given = found.get("kwargs", {}).get("rng")
    return Batch(found["max_steps"], given is None and swept.get("rng") is not None)


class KeptSteps(list[float]):
    """The steps of which a collector has a row; every nth of them and the last, which Mesa 3.5 leaves out."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        if isinstance(at, slice) and at.stop is None and (at.step or 1) > 1 and found[-1:] != self[-1:]:
            found.append(self[-1])
        return found


class WithoutSeed:
    """The signature of a model as Mesa 3.5 looks at it: without `seed`.

    There `batch_run` puts None into the argument `seed` of every run, or into `rng` where it finds no `seed`:
    so a swept seed stays as it is, and what is given as `batch_run(..., rng=)` comes as `rng`.
    """

    def __get__(self, model: object, kind: type) -> inspect.Signature:
        own = inspect.signature(kind.__init__)  # type: ignore[misc]  # of this very class
        kept = [each for name, each in own.parameters.items() if name not in ("self", "seed")]
        return own.replace(parameters=kept)
