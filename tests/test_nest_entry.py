"""How many CD8 cells stand in the nests of an inflamed tumour at rest, for each in its stroma."""

import numpy as np
import pytest

from il2sim.models import Config
from tests.test_baseline import nest_to_stroma, settled

SEEDS = (1, 2, 3, 4, 5, 6)
SECTION = {"patient.width": "4 mm", "space.margin": "0.3 mm"}
SOUGHT = 0.36  # 90 over 250 per mm2 (S72)


def at_rest(**values: str) -> tuple[float, float]:
    """Mean density of CD8 in nests over that in stroma, and its standard error."""
    config = Config().with_values(SECTION | values)
    found = [nest_to_stroma(settled(config, seed), "cd8") for seed in SEEDS]
    return float(np.mean(found)), float(np.std(found, ddof=1) / np.sqrt(len(found)))


@pytest.mark.slow
def test_inflamed_nests_hold_what_sections_show() -> None:
    mean, error = at_rest()
    print(f"CD8 in nests over stroma: {mean:.3f} +- {error:.3f}")
    assert error < 0.012
    assert abs(mean - SOUGHT) < 0.02


@pytest.mark.slow
def test_what_speeds_alone_would_give_is_too_much() -> None:
    """2 x 0.36 um/min: cells in each other's way and cells that hold a victim stay in nests."""
    mean, error = at_rest(**{"cd8.entry_speed": "0.72 um/min"})
    assert mean - SOUGHT > 4.5 * error


@pytest.mark.slow
def test_excluded_nests_stay_nearly_empty() -> None:
    mean, _ = at_rest(**{"patient.phenotype": "excluded"})
    assert mean < 0.06
