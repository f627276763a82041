"""Where IL-2 must matter it does: drug against twin at the `responsive` set; at central it is only said."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from il2sim.models import Config, settle, simulate

pytestmark = pytest.mark.slow

SEEDS = (1, 2, 3)
SMALLER = {"patient.width": "3 mm", "space.margin": "1 mm"}  # single twins of this set grow far


def differences(config: Config) -> NDArray[np.float64]:
    """Viable fraction of the twin less that with drug, one pair per seed."""
    found = []
    for seed in SEEDS:
        baseline = settle(config, seed)
        arms = [
            simulate(arm, seed, baseline).endpoints["viable_fraction"]
            for arm in (config.without_drug(), config)
        ]
        found.append(arms[0] - arms[1])
    return np.array(found)


def test_at_the_responsive_set_the_drug_works(configs: Path):
    """The viable fraction differs by at least 0.1."""
    config = Config.load(configs / "responsive_2d.yaml").with_values(SMALLER)
    assert config.set == {
        "cd8.reactive_share": "30 %",
        "exhaustion.reversal_rate": "0.3 1/day",
        "aicd.death_rate": "0.02 1/day",
    }
    assert config.patient.stil == pytest.approx(0.40)
    assert differences(config).min() >= 0.1


def test_at_central_values_the_difference_is_reported(record_property, capsys):
    found = differences(Config().with_values(SMALLER))
    record_property("viable_fraction_twin_less_drug", [round(float(each), 3) for each in found])
    with capsys.disabled():
        print(f"\ncentral, 3 mm: viable fraction of the twin less the drug's {np.round(found, 3)}")
    assert np.isfinite(found).all()
