"""What a person is told to do: refusals end with a remedy, idle keys draw a remark, keys are explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from il2sim.experiments.cli.console import Voice
from il2sim.experiments.model_docs import dose_sheet, parameter_cards, schema
from il2sim.experiments.study import store
from il2sim.experiments.study.design import ended, grid
from il2sim.experiments.study.store import ExperimentError
from il2sim.models import Config
from tests.config_case import problems

REMEDIES = [
    ("patient:\n  width: 5 mm\n  width: 6 mm", "delete one"),
    ("patient: {width: 5 mm\nschedule:", "look here and just above for a bracket or quote left open"),
    ("patient:\n  width: 12", "12 has no unit; write one, like '12 mm'"),
    ("schedule:\n  dose: 0.4", "0.4 has no unit; write one, like '0.4 MIU/mm'"),
    ("schedule:\n  concentration: 4", "4 has no unit; write one, like '4 MIU/mL'"),
    ("patient:\n  width: 12000", "12000 has no unit; write one, from '0.1 mm' to '100 mm'"),
    ("patient:\n  width: '12'", "write one, like '12 mm'"),
    ("set:\n  cd8_killing.kill_rate: fast", "write a number and a unit"),
]


@pytest.mark.parametrize(("text", "remedy"), REMEDIES, ids=[text for text, _ in REMEDIES])
def test_a_refusal_ends_with_what_to_do(text: str, remedy: str, write) -> None:
    (found,) = problems(write(text))
    assert remedy in found


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("=3", "--set: '=3' has no name before its '='; write name=value, like 'patient.width=12 mm'"),
        (" = 3", "has no name before its '='"),
        ("3", "--set: '3' has no '='; write name=value, like 'patient.width=12 mm'"),
        ("dose=1 MIU/mm", "--set: dose: unknown key; did you mean 'schedule.dose'?"),
        ("wdth=5 mm", "--set: wdth: unknown key; did you mean 'patient.width'?"),
        ("shedule.dose=1 MIU/mm", "--set: shedule.dose: unknown key; did you mean 'schedule.dose'?"),
        ("patient.widht=5 mm", "--set: patient.widht: unknown key; did you mean 'patient.width'?"),
        ("sweep=1", "--set: sweep: unknown key; valid: axes, replicates, twin"),
        (
            "kill_rate=8 1/day",
            "--set: kill_rate: unknown key; write section.key, as patient.width, or mechanism.parameter, "
            "as aicd.death_rate",
        ),
    ],
)
def test_a_setting_without_a_name(setting: str, said: str, write) -> None:
    (found,) = problems(write("patient: {width: 5 mm}"), (setting,))
    assert said in found


@pytest.mark.parametrize("voxel_um", [10, 15, 20])
def test_a_volume_too_large_is_told_what_fits(voxel_um: int, write) -> None:
    text = "patient: {width: %s}\nspace: {dimensions: 3, voxel: %d um, margin: 0.5 mm, field_voxel: 60 um}"
    (found,) = problems(write(text % ("40 mm", voxel_um)))
    assert "or set space.dimensions to 2" in found
    assert ("space.voxel to up to 20 um" in found) == (voxel_um < 20)
    fits_mm = float(found.partition("room to grow at most ")[2].split()[0])
    width_mm = (fits_mm - 0.5) / 2.0 ** (42.0 / 103.0 / 3.0)  # grown in six weeks, and one margin
    Config.load(write(text % (f"{width_mm - 0.01:.6g} mm", voxel_um)))
    assert problems(write(text % (f"{width_mm + 0.2:.6g} mm", voxel_um)))


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExperimentError, match="choose another folder with --out; nothing has been run"):
        store.prepare(tmp_path / "file" / "out")
    (tmp_path / "figures").write_text("in the way")
    with pytest.raises(ExperimentError, match="figures: cannot be written .* nothing has been run"):
        store.prepare(tmp_path)


def test_a_setting_of_what_is_swept_is_refused() -> None:
    config = Config.load(Path("configs/sweeps/quick.yaml"))
    with pytest.raises(ExperimentError, match=r"^--set schedule.dose: the sweep has an axis of it; leave"):
        grid(config, 1, "quick.yaml", ["schedule.dose=0.1 MIU/mm"])


def test_a_cut_before_the_only_visit_names_until() -> None:
    for values in ({"schedule.days": "[7]"}, {"schedule.missed": "[1, 2, 4]"}, {"schedule.stop_after": "1"}):
        config = Config().with_values(values)
        with pytest.raises(
            ExperimentError, match=r"^--until: found 0; allowed is a day after the first injec"
        ):
            ended(config, 0.0)


@pytest.mark.parametrize(
    ("values", "remark"),
    [
        ({"schedule.tracks": "6"}, "schedule.tracks: changes nothing, because the geometry is half_and_half"),
        ({"schedule.tracks": "6", "schedule.geometry": "fan"}, ""),
        ({"schedule.off_centre": "1 mm"}, ""),
        (
            {"schedule.off_centre": "1 mm", "schedule.geometry": "ring"},
            "schedule.off_centre: changes nothing",
        ),
        ({"schedule.off_centre": "1 mm", "schedule.centre_share": "0 %"}, "the whole dose goes to shells"),
        ({"schedule.centre_share": "30 %", "schedule.geometry": "centre"}, "schedule.centre_share: changes"),
    ],
    ids=str,
)
def test_a_key_the_geometry_does_not_ask_draws_a_remark(values: dict[str, str], remark: str) -> None:
    found = [each for each in Config().with_values(values).warnings() if "changes nothing" in each]
    assert len(found) == bool(remark)
    assert all(remark in each for each in found)


class TestExplain:
    def explained(self, name: str, capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> str:
        parameter_cards.explain(name, Voice(Console(), as_json=as_json))
        return capsys.readouterr().out

    def test_a_key_that_is_no_quantity(self, capsys: pytest.CaptureFixture[str]) -> None:
        said = self.explained("schedule.missed", capsys)
        assert said.startswith("schedule.missed: Numbers of injections, from 1, that did not take place")
        assert "default  []" in said
        assert "`il2sim schema`" in said
        assert "per_course" in self.explained("schedule.dose_is", capsys)
        assert json.loads(self.explained("schedule.stop_after", capsys, as_json=True))["default"] is None

    def test_every_key_has_a_meaning(self) -> None:
        for name in schema.key_names():
            found = schema.meaning(name)
            assert found is not None
            assert len(found["meaning"]) > 10, name

    def test_a_bare_key_is_pointed_to_its_section(self) -> None:
        with pytest.raises(ExperimentError, match=r"did you mean .*schedule\.tracks"):
            parameter_cards.explain("tracks", Voice(Console()))


class TestDoseSheet:
    def test_pores_are_the_models_own(self) -> None:
        usual = dose_sheet.sheet_of(Config())
        wide = dose_sheet.sheet_of(Config().with_values({"il2.pore_fraction": "0.5"}))
        assert (usual.pore_fraction, wide.pore_fraction) == (0.3, 0.5)
        assert wide.spill_at_least < usual.spill_at_least

    def test_it_is_given_without_il2_too(self) -> None:
        mechanisms = [name for name in Config().mechanisms if name not in ("il2", "body")]
        assert dose_sheet.sheet_of(Config.model_validate({"mechanisms": mechanisms})).dose_iu == 5e6
