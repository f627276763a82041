"""What every report says of a design before its numbers: each remark once, with the arms it is true of."""

from pathlib import Path

from il2sim.experiments.model_docs.dose_sheet import notes as dose_notes
from il2sim.experiments.model_docs.dose_sheet import sheet_of
from il2sim.experiments.model_docs.parameters import notes
from il2sim.experiments.report.summary import build_report
from il2sim.models import Config
from tests.results_case import make


def _design(doses: list[str], widths: list[str], stil: str = "15 %") -> Config:
    axes = {"schedule.dose": doses, "patient.width": widths}
    values = {"name": "case", "patient": {"stil": stil}, "sweep": {"axes": axes, "replicates": 1}}
    return Config.model_validate(values)


def _of_volume(found: list[str]) -> list[str]:
    return [note for note in found if "times the volume of the tumour" in note]


def test_a_remark_names_the_arm_it_is_true_of() -> None:
    found = _of_volume(notes(_design(["0.5 MIU/mm"], ["5 mm", "10 mm"])))
    assert [note.partition(": ")[0] for note in found] == [
        "at dose 0.5 MIU/mm, width 5 mm",
        "at dose 0.5 MIU/mm, width 10 mm",
    ]
    assert "0.5 mL is 7.64 times" in found[0]
    assert "1 mL is 1.91 times" in found[1]


def test_many_alike_are_said_once() -> None:
    found = _of_volume(notes(_design(["0.5 MIU/mm"], ["5 mm", "6 mm", "7 mm", "8 mm", "9 mm"])))
    assert len(found) == 1
    assert found[0].endswith("; and the like, with other numbers, in 4 more arms")


def test_the_arms_that_share_a_remark_are_counted() -> None:
    design = _design(["0 MIU/mm", "0.05 MIU/mm", "0.5 MIU/mm"], ["5 mm"], "40 %")
    (found,) = [note for note in notes(design) if "space.field_voxel" in note]
    assert found.startswith("at dose 0.05 MIU/mm, width 5 mm and in 1 more arm: space.field_voxel")


def test_what_holds_everywhere_stands_alone() -> None:
    found = _of_volume(notes(Config.model_validate({"name": "case"})))
    assert len(found) == 1
    assert found[0].startswith("schedule.dose: an injection")


def test_a_varied_number_has_no_one_value(tmp_path: Path) -> None:
    page = build_report(make(tmp_path, {"il2.half_life": ("2 h", "4 h")}, replicates=1).folder).read_text()
    assert "<td>il2.half_life</td><td>varied</td>" in page


def test_the_other_reading_of_the_dose_rule_is_said_once_where_it_is_alike() -> None:
    narrow, wide = (
        sheet_of(Config.model_validate({"name": "case", "patient": {"width": width}}))
        for width in ("5 mm", "10 mm")
    )
    alike = dose_notes([narrow, wide], {})
    assert alike[-1] == "Read per course, the dose rule gives 0.25 times what it gives read per injection."
    alone = dose_notes([narrow], {})
    doses = "5 mm: read per injection 2.5 MIU per dose, 10 in all; read per course 0.625 MIU"
    assert alone[-1].startswith(doses)
