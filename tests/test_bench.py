"""`il2sim bench` on toys: what is measured, in turns, what is refused, kept and checked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from il2sim.experiments.bench import cases, driver, measure, phases, table, verb
from il2sim.experiments.bench.cases import CASES, NAMES, Case, Row, Task
from il2sim.experiments.bench.place import Place
from il2sim.experiments.study.formats import ExperimentError
from il2sim.models.benchmark.birth_death_drug import BirthDeathDrug
from il2sim.models.benchmark.birth_death_drug_mesa import MesaBirthDeathDrug
from il2sim.models.benchmark.machine_ceilings import ceilings, one_circle
from tests.cli_case import Il2sim, typist

il2sim = pytest.fixture(typist)
HERE = Place.here()
CELLS = Row("cells", "cell_ns", "ns per cell-step", 1e9)
TOY = Case("birth_death_drug", "a toy", 0.1, ((Task("birth_death_drug", n=20, steps=2), (CELLS,)),), pairs=2)


class Fixed(Place):
    """A checkout that answers at once; `cpu_s` per call, or that it lacks what it is asked."""

    answers: dict[str, object]

    def do(self, task: Task, caches: Path) -> dict[str, object]:
        return dict(self.answers)


def fixed(root: Path, **answers: object) -> Place:
    found = Fixed(root, root, "", "", "")
    object.__setattr__(found, "answers", answers)
    return found


def rows_of(case: Case, turns: measure.Turns) -> tuple[list[dict[str, object]], list[str]]:
    said: list[str] = []
    return list(measure.measured([case], turns, said.append)), said


def test_cells_of_the_small_model_die_divide_and_take_up() -> None:
    toy = BirthDeathDrug(20)
    held = toy.drug.sum()
    for _ in range(24):
        toy.step_cells()
        balance = toy.step_field(toy.uptake())
        assert balance.outflow == 0.0
        assert balance.residual <= 1e-6
    toy.tissue.check()
    fired = dict(zip(toy.engine.table.sentences, toy.engine.counts.fired, strict=True))
    assert toy.cells == 400 + fired["cell divides"] - fired["cell dies"]
    assert 5 <= fired["cell dies"] <= 35  # 2 % of some 400 a day, two days: 16
    assert fired["cell divides"] > 0
    assert toy.drug.sum() / held == pytest.approx(0.97**2, abs=0.005)  # 3 % a day


@pytest.mark.parametrize("n", [4, 21])
def test_a_lattice_that_does_not_hold_whole_field_voxels_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match="a multiple of 4 from 8 on"):
        BirthDeathDrug(n)


def test_agents_of_mesa_follow_the_same_rules() -> None:
    toy = MesaBirthDeathDrug(20)
    before = toy.drug.sum()
    for _ in range(24):
        toy.step()
    assert 370 <= len(toy.agents) <= 400
    assert len({agent.cell.coordinate for agent in toy.agents}) == len(toy.agents)
    assert toy.drug.sum() / before == pytest.approx(0.97**2, abs=0.005)


def test_the_way_through_all_places_is_one_circle() -> None:
    following, place, seen = one_circle(50), 0, set()
    for _ in range(50):
        place = int(following[place])
        seen.add(place)
    assert (place, len(seen)) == (0, 50)


def test_a_course_in_turns_gives_ratios_pair_by_pair() -> None:
    """Two processes each of this very checkout; the figure is there and of the size of one."""
    row = Row("toy", "cpu_s", "s", 1e9)
    task = Task("course", "small_2d.yaml", ("patient.width=0.5 mm",), days=0.0)
    (found,), said = rows_of(Case("c", "a toy", 0, ((task, (row,)),), 1), measure.Turns(HERE, HERE))
    assert found["here"] > 0
    assert found["ratios"] == [pytest.approx(found["ratio"])]
    assert found["normalised"] == pytest.approx(found["here"] / found["yardstick_s"])
    assert said == ["c: a toy"]


def test_a_case_that_the_other_lacks_is_named_and_the_rest_is_measured(tmp_path: Path) -> None:
    here = fixed(tmp_path / "a", cell_ns=10.0, yardstick_s=0.5)
    (found,), said = rows_of(TOY, measure.Turns(here, fixed(tmp_path / "b", lacks="no such module")))
    assert (found["here"], found["normalised"], found["there"], found["ratio"]) == (10.0, 20.0, None, None)
    assert said[1:] == [f"birth_death_drug: {tmp_path / 'b'} lacks it (no such module); measured here alone"]


def test_ratios_are_of_normalised_figures(tmp_path: Path) -> None:
    here, there = (fixed(tmp_path, cell_ns=ns, yardstick_s=s) for ns, s in ((10.0, 1.0), (60.0, 2.0)))
    (found,), _ = rows_of(TOY, measure.Turns(here, there))
    assert found["ratios"] == [3.0, 3.0]


def test_the_driver_says_what_a_checkout_lacks() -> None:
    with pytest.raises(driver.LackingError, match="absent"):
        driver.birth_death_drug({"n": 20}, "absent.")
    task = {"config": str(cases.CONFIGS / "small_2d.yaml"), "settings": ["patient.wdth=1 mm"], "days": 0}
    with pytest.raises(driver.LackingError, match="patient.wdth"):
        driver.course(task, "il2sim.")


def test_phases_add_up_beside_their_floors() -> None:
    settings = ("patient.width=0.5 mm", "space.margin=0.5 mm")
    found = phases.phases(settings, 0.25, ceilings(0.01, 0.03))
    ns = {row["phase"]: row["ns per immune cell and tick"] for row in found}
    assert {"sense", "move", "contact", "live", "enter", "section field", "tissue PK", "records"} <= set(ns)
    assert min(ns.values()) > 0
    assert all(row["times its floor"] for row in found if row["phase"] in phases.PASSES)


def test_time_within_a_phase_is_not_counted_twice() -> None:
    clock = phases.Clock()

    def work() -> None:
        np.linspace(0.0, 1.0, 2_000_000).cumsum()

    inner = clock.around("inner", work)
    clock.around("outer", inner)()
    assert clock.spent_s["outer"] < clock.spent_s["inner"]


class TestCommand:
    """The verb, on a case that answers at once."""

    @pytest.fixture(autouse=True)
    def _toy(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        here = fixed(tmp_path, cell_ns=10.0, yardstick_s=0.5)
        monkeypatch.setattr(verb.Place, "here", lambda: here)
        monkeypatch.setattr(cases, "CASES", (TOY,))
        monkeypatch.setattr(table, "DECLARED", {("birth_death_drug", "cells"): CELLS})

    def test_prints_and_checks(self, il2sim: Il2sim, monkeypatch: pytest.MonkeyPatch) -> None:
        code, out, _ = il2sim("bench", "birth_death_drug", "--check")
        assert code == 0
        assert "ns per cell-step" in out
        tight = {("birth_death_drug", "cells"): replace(CELLS, bound=19.0)}
        monkeypatch.setattr(table, "DECLARED", tight)
        code, _, err = il2sim("bench", "birth_death_drug", "--check")
        assert code == 1
        assert "birth_death_drug, cells: 20 per yardstick; at most 19 is allowed" in err

    def test_pieces_add_up_in_one_file(self, il2sim: Il2sim, tmp_path: Path) -> None:
        file = tmp_path / "rows.json"
        il2sim("bench", "--out", str(file))
        found = json.loads(file.read_text())
        other = dict(found["rows"][0], case="other")
        file.write_text(json.dumps(found | {"rows": [other, dict(found["rows"][0], here=99.0)]}))
        il2sim("bench", "birth_death_drug", "--out", str(file))
        rows = json.loads(file.read_text())["rows"]
        assert [(row["case"], row["here"]) for row in rows] == [("birth_death_drug", 10.0), ("other", 10.0)]

    def test_a_file_of_something_else_is_refused_and_kept(self, il2sim: Il2sim, tmp_path: Path) -> None:
        file = tmp_path / "rows.json"
        file.write_text("{}")
        code, _, err = il2sim("bench", "--out", str(file))
        assert (code, file.read_text()) == (2, "{}")
        assert "not a table of il2sim bench" in err

    def test_one_document(self, il2sim: Il2sim) -> None:
        code, out, _ = il2sim("bench", "--json")
        assert code == 0
        assert json.loads(out)["rows"][0]["here"] == 10.0

    def test_a_folder_without_il2sim_and_an_unknown_case(self, il2sim: Il2sim, tmp_path: Path) -> None:
        code, _, err = il2sim("bench", "--against", str(tmp_path))
        assert code == 2
        assert "no il2sim is there; name the folder of a clone" in err
        code, _, err = il2sim("bench", "section_5mm")
        assert code == 2
        assert "no case is called 'section_5mm'" in err

    def test_the_page_gets_the_table(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text(f"# Speed\n{table.BEGIN}\nold\n{table.END}\nafter\n")
        rows, _ = rows_of(TOY, measure.Turns(fixed(tmp_path, cell_ns=10.0, yardstick_s=0.5)))
        table.write_page({"rows": rows, "phases": [{"phase": "move", "ns": 40.0}]}, page)
        text = page.read_text()
        assert "| birth_death_drug | cells | ns per cell-step | 10 | 20 |" in text
        assert "| move | 40 |" in text
        assert text.endswith(f"{table.END}\nafter\n")
        assert "old" not in text
        page.write_text("# Speed\n")
        with pytest.raises(ExperimentError, match="once each"):
            table.write_page({"rows": [], "phases": []}, page)


def test_more_processes_than_cores_are_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "usable_cores", lambda: 1)
    wide = Case("wide", "a toy", 0, ((Task("command", words=("sweep", "--workers", "2")), (CELLS,)),), 2)
    (found,), said = rows_of(wide, measure.Turns(fixed(tmp_path, cell_ns=1.0, yardstick_s=1.0)))
    assert found["here"] == 1.0
    assert said[1:] == ["note: 2 processes share 1 core: its wall time is longer for it"]


def test_the_shipped_cases_have_configs_bounds_and_names_of_their_own() -> None:
    assert len(set(NAMES)) == len(CASES)
    for case in CASES:
        for task, rows in case.parts:
            assert not task.config or (cases.CONFIGS / task.config).is_file()
            assert all(row.bound > 0 for row in rows)
            assert task.kind in (*driver.TASKS, "command")
