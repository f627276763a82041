"""What the model is checked for by itself: no response without drug, and clocks that do not matter."""

import json
from pathlib import Path

import numpy as np
import pytest

from il2sim.experiments.hypotheses import claim
from il2sim.experiments.hypotheses.cases import Cases
from il2sim.experiments.hypotheses.claim_sets import BEHAVIOURS, VERIFICATION, asserted_claim_set
from il2sim.experiments.hypotheses.findings import FEWEST_PAIRS, STATISTICS
from il2sim.experiments.hypotheses.plan import Change, stages
from il2sim.experiments.hypotheses.readings import Reader
from il2sim.experiments.hypotheses.verdict import judge
from il2sim.experiments.study import store
from il2sim.experiments.study.execute import Run
from il2sim.models import Config
from tests.cli_case import Il2sim
from tests.hypothesis_case import Write
from tests.run_case import carried, maps

NO_MPR, CLOCKS = VERIFICATION.folder / "no_mpr.yaml", VERIFICATION.folder / "clocks.yaml"
CONFIG_5_MM = Config.model_validate({"name": "case", "patient": {"width": "5 mm"}})


class TestNoResponseWithoutDrug:
    @pytest.mark.parametrize(("responses", "word"), [(0, "holds"), (1, "undecided"), (9, "falsified")])
    def test_300_untreated_tumours_may_not_show_one(self, responses: int, word: str) -> None:
        """The upper one-sided 95 % limit of 0 in 300 is 0.0099, of 1 in 300 0.0157."""
        each = claim.load(NO_MPR)
        (stage,) = stages(each, Change())
        assert stage.women == 300
        assert {run.config.schedule.dose_iu_per_mm for run in stage.runs.values()} == {0.0}
        assert {run.config.schedule.surgery_day for run in stage.runs.values()} == {35.0}
        (readout,) = each.readouts
        seen = [1.0] * responses + [0.0] * (300 - responses)
        found = STATISTICS["share"][0](Cases({("untreated", "mpr"): seen}, {}), readout.question)  # type: ignore[dict-item]
        assert judge(found, readout.rule).word == word

    def test_fewer_hold_nothing(self, il2sim: Il2sim, write: Write) -> None:
        code, out, _ = il2sim(
            str(NO_MPR), "--budget", str(FEWEST_PAIRS), "--workers", "1", "--json", verb="behaviours"
        )
        (entry,) = json.loads(out)["verification"]
        part = entry["questions"][0]["readouts"][0]
        assert (part["value"], part["n"]) == (0.0, FEWEST_PAIRS)  # the stand-in's twins all grow
        assert (code, entry["verdict"]) == (1, "undecided")


class TestClocks:
    """Halving any clock is an equivalence test."""

    def test_each_readout_compares_one_clock_with_half_of_it(self) -> None:
        each = claim.load(CLOCKS)
        (stage,) = stages(each, Change())
        assert stage.women == 80
        minutes = {}
        for arm in each.arms:
            clocks = stage.runs[0, arm].config.clocks
            ticks = np.array([1, clocks.immune_ticks, clocks.solid_ticks])
            minutes[arm] = np.array([*(clocks.tick_min * ticks), clocks.contact_min])
        halved = []
        for readout in each.readouts:
            found = np.divide(*(minutes[arm] for arm in readout.arms))
            assert sorted(found) == pytest.approx([0.5, 1.0, 1.0, 1.0])
            halved.append((readout.of[0], int(found.argmin())))
            assert readout.holds_within == ((0.95, 1.05) if readout.of == ("kills",) else (0.97, 1.03))
        assert sorted(halved) == [(of, clock) for of in ("kills", "viable_fraction") for clock in range(4)]

    def test_kills_are_all_of_the_map(self, tmp_path: Path) -> None:
        run = Run(CONFIG_5_MM, 1, {})
        store.prepare(tmp_path)
        store.save(tmp_path, carried(run))
        found = maps(run.config).kills
        assert Reader(tmp_path).value(run.id, "kills") == sum(found.values()) > found["cd8"]


@pytest.mark.parametrize("names", [(), ("b",), (str(NO_MPR), "b"), (str(BEHAVIOURS.folder / "b.yaml"),)])
def test_behaviours_keep_their_shelf(names: tuple[str, ...]) -> None:
    assert asserted_claim_set(names) is BEHAVIOURS
    assert asserted_claim_set((str(NO_MPR), str(CLOCKS))) is VERIFICATION
