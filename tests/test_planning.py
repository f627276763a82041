"""Large designs are planned quickly: each thing is worked out once, and names stay what they were."""

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from il2sim.experiments.cli import doctor, progress
from il2sim.experiments.study import design, planning, store
from il2sim.experiments.study.execute import Key, Run
from il2sim.experiments.study.runs import missing
from il2sim.models import Config, ConfigError
from il2sim.models.config import many_models
from il2sim.models.config.many_models import FULLY, check_models
from tests.cli_case import Il2sim, files
from tests.config_case import problems
from tests.run_case import sweep

Write = Callable[..., Path]

HASHES = {
    "99faa88d301bcf12e3f5f0905bc30366": {},
    "3033742a349eeea291225a7266707fa3": {"cd8_killing.kill_rate": "5 1/day"},
    "a92907d0f66084a46cd0c79b7614c0e3": {"without": "[aicd, suppression]"},
    "96b85249f603643de15653334a66bba7": {"with": "oedema"},
    "df82108f0d711a4cf85c075ce4cece90": {"mechanisms": "[tumour, cd8, il2, body]"},
    "33b713035c5540414ef417080c3c9ebd": {"schedule.days": "[0, 3.5]", "patient.width": "12.3456789 mm"},
    "45b476a14920babbdc9f01d5761e4ea7": {"schedule.protocol": "three_visits"},
    "8c5b8bb8106532bf7d770142f0c53c0f": {"schedule.dose": "0 MIU/mm", "patient.stil": "0.3 %"},
    "16abb68862915afa649cb579a2b5778f": {"schedule.dose": "0 MIU/mm"},
    "08a782b77a69b8c604896b021da3a886": {"patient.width": "0.30000000000000004 cm"},
}


def swept(many: int, text: str = "{:.6g} 1/day", low: float = 2.0, high: float = 8.0) -> str:
    """A config of so many values of one number, evenly between two."""
    values = [text.format(low + (high - low) * place / (many - 1)) for place in range(many)]
    return f"patient: {{width: 5 mm}}\nsweep:\n  axes:\n    cd8_killing.kill_rate: [{', '.join(values)}]"


@pytest.mark.parametrize(("named", "values"), HASHES.items())
def test_hashes_are_what_they_were(named: str, values: dict[str, str]) -> None:
    assert Config().with_values(values).hash == named
    by_way = Config().with_values({"patient.width": "3 mm", "clocks.tick": "5 min"})
    assert by_way.with_values({"patient.width": "10 mm", "clocks.tick": "10 min"} | values).hash == named


def test_a_control_has_its_arms_tumour(doses: Config) -> None:
    key = Key(doses.with_values({"patient.width": "8 mm"}))
    bare = key.without_drug()
    assert bare.tumour == Key(bare.config).tumour == key.tumour
    assert bare.config_hash != key.config_hash


def test_replicates_share_what_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    config, asked = sweep({"patient.width": ("5 mm", "8 mm")}, replicates=30), []
    written_out = Config.resolved
    monkeypatch.setattr(Config, "resolved", lambda self: asked.append(1) or written_out(self))
    runs = design.grid(config, 1)
    missing(runs, Path("nowhere"))
    assert len(runs) == 120
    assert len(asked) < 20, "of two points, not of 120 runs"
    again = [Run(run.config, run.seed, run.labels) for run in runs]
    assert [(run.id, run.tumour) for run in runs] == [(run.id, run.tumour) for run in again]


def test_doses_share_their_control() -> None:
    config = sweep(
        {"schedule.dose": ("0 MIU/mm", "0.1 MIU/mm", "0.2 MIU/mm"), "patient.width": ("5 mm", "8 mm")}
    )
    runs = design.grid(config, 1)
    assert len(runs) == 12
    assert {run.labels["arm"] for run in runs} == {"drug", "no drug"}


def test_a_section_is_taken_over_only_where_the_same_is_said(write: Write) -> None:
    config = Config.load(write("schedule: {tracks: 1}"))
    assert config.with_values({"patient.width": "5 mm"}).schedule is config.schedule
    assert config.with_values({"schedule.tracks": "2"}).schedule.tracks == 2
    with pytest.raises(ConfigError, match="schedule.tracks: true is not a whole number"):
        config.with_values({"schedule.tracks": "true"})
    assert config.with_values({"schedule.protocol": "three_visits"}).schedule.days == (0.0, 7.0, 14.0)


def test_nothing_below_zero_is_zero() -> None:
    assert Config(patient={"stil": -0.0}).hash == Config(patient={"stil": 0.0}).hash


class TestModels:
    @pytest.fixture
    def built(self, monkeypatch: pytest.MonkeyPatch) -> list[Config]:
        """The configs whose models are declared."""
        found: list[Config] = []
        build = many_models.build
        monkeypatch.setattr(many_models, "build", lambda config: found.append(config) or build(config))
        return found

    def configs(self, path: Path) -> list[Config]:
        return [run.config for run in design.grid(Config.load(path), 1)]

    def test_few_are_all_built(self, write: Write, built: list[Config]) -> None:
        check_models(self.configs(write(swept(5))))
        assert len(built) == 5

    def test_of_many_the_ends_are(self, write: Write, built: list[Config]) -> None:
        check_models(self.configs(write(swept(10 * FULLY))))
        rates = [float(config.set["cd8_killing.kill_rate"].split()[0]) for config in built]
        assert {min(rates), max(rates)} == {2.0, 8.0}
        assert len(built) == 3

    def test_each_list_of_mechanisms_is(self, write: Write, built: list[Config]) -> None:
        text = swept(2 * FULLY)
        check_models(self.configs(write(f"{text}\n    without: [[], [aicd], [nk, nk_killing]]")))
        assert {len(config.mechanisms) for config in built} == {12, 13, 14}
        assert len(built) == 9

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ("0.5 1/day", "case.yaml:4: cd8_killing.kill_rate: 0.5 1/day is outside its range 1 to 16 1/day"),
            ("700 1/day", "case.yaml:4: cd8_killing.kill_rate: 700 1/day is outside its range"),
            ("5 h", "'5 h' is in time, where 1 / time is due"),
            ("5", "'5' has no unit"),
        ],
    )
    def test_one_wrong_value_among_many_is_named(self, write: Write, wrong: str, said: str) -> None:
        text = swept(3 * FULLY)
        middle = text.split(", ")[FULLY]
        with pytest.raises(ConfigError) as refused:
            check_models(self.configs(write(text.replace(f", {middle},", f", {wrong},"))))
        assert said in str(refused.value)

    def test_a_misspelt_number_of_many_values_is_named(self, write: Write) -> None:
        path = write(swept(2 * FULLY).replace("kill_rate", "kil_rate"))
        with pytest.raises(ConfigError, match="did you mean 'cd8_killing.kill_rate'"):
            check_models(self.configs(path))

    def test_what_may_lie_outside_may(self, write: Write) -> None:
        check_models(self.configs(write(f"allow_outside: true\n{swept(2 * FULLY, high=20.0)}")))
        with pytest.raises(ConfigError, match="outside its range"):
            check_models(self.configs(write(swept(2 * FULLY, high=20.0))))


def test_every_value_of_a_number_is_read_at_load(write: Write) -> None:
    path = write(swept(3000).replace("[2 1/day", "[2 1/dya"))
    assert problems(path) == [
        f"{path}:4: cd8_killing.kill_rate: '2 1/dya': unknown unit 'dya'; did you mean 'day'?"
    ]


class TestPlan:
    def test_the_folder_is_read_once(
        self, il2sim: Il2sim, many: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        il2sim("--seed", "1", "--workers", "1", many, "--quiet", verb="sweep")
        listed, read = [], []
        ids, record = store.finished_ids, store.record
        monkeypatch.setattr(store, "finished_ids", lambda out: listed.append(out) or ids(out))
        monkeypatch.setattr(store, "record", lambda out, run: read.append(run) or record(out, run))
        monkeypatch.setattr(planning, "SAMPLE", 3)
        code, out, _ = il2sim("--seed", "1", many, "--plan", verb="sweep")
        assert code == 0
        assert "8 runs: 8 cached, 0 to do" in out
        assert len(listed) == 2, "for what is missing, and for what it took"
        assert len(set(read)) < 8, "a sample tells how long runs take, and whether files are damaged"

    def test_a_pilot_is_timed_and_not_kept(
        self, il2sim: Il2sim, many: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        carried: list[Run] = []
        execute, before = planning.execute, files(tmp_path)
        monkeypatch.setattr(planning, "execute", lambda run: carried.append(run) or execute(run))
        monkeypatch.setattr(doctor, "warm", lambda voice: None)
        code, out, _ = il2sim("--seed", "1", many, "--plan", verb="sweep")
        assert (code, carried) == (0, [])
        assert "a rough figure of another machine" in out
        code, out, _ = il2sim("--seed", "1", many, "--plan", "--pilot", verb="sweep")
        assert code == 0
        assert "from a pilot run on this machine" in out
        assert [run.config.patient.width_um for run in carried] == [5000.0]
        assert files(tmp_path) == before

    def test_a_pilot_that_is_stopped_is_said(
        self, il2sim: Il2sim, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(doctor, "warm", lambda voice: None)
        path = write("patient: {width: 5 mm, stil: 75 %}\nsweep: {axes: {patient.width: [5 mm]}}")
        code, _, err = il2sim("--seed", "1", str(path), "--plan", "--pilot", verb="sweep")
        assert code == 2
        assert "--pilot: run" in err
        assert "nan nM" in err

    def test_a_pilot_without_a_plan_is_refused(self, il2sim: Il2sim, many: str) -> None:
        code, _, err = il2sim(many, "--pilot", verb="sweep")
        assert code == 2
        assert "--pilot: times one run for a plan; write --plan too" in err


class TestProgress:
    @pytest.fixture
    def slow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(progress, "PATIENCE_S", 0.01)

    def said(self, *, quiet: bool = False, terminal: bool = False) -> str:
        stream = io.StringIO()
        console = Console(file=stream, force_terminal=terminal, width=100)
        with progress.planning(console, quiet=quiet) as report_progress:
            for done in range(4):
                report_progress(done + 1, 12)
                time.sleep(0.03)
        return stream.getvalue()

    @pytest.mark.parametrize("terminal", [False, True])
    @pytest.mark.usefixtures("slow")
    def test_points_and_time_left_are_shown(self, terminal: bool) -> None:  # noqa: FBT001
        said = self.said(terminal=terminal)
        assert "of 12 points planned, about 0 s left" in said

    @pytest.mark.usefixtures("slow")
    def test_quiet_is_quiet(self) -> None:
        assert self.said(quiet=True) == self.said(quiet=True, terminal=True) == ""

    def test_a_quick_plan_says_nothing(self) -> None:
        assert self.said() == ""
        assert "planned" not in self.said(terminal=True)
