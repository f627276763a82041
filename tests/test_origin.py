"""What the name of a result knows of the code that made it: a change there makes another name."""

import ast
from pathlib import Path

import pytest

from il2sim.experiments.hypotheses import evaluation, plan
from il2sim.experiments.study import execute, provenance
from il2sim.experiments.study.execute import Run
from il2sim.experiments.study.injection_only import first_injection
from il2sim.experiments.verification import natural_history
from il2sim.models import Config

MADE = ("experiments/study/injection_only.py", "experiments/study/bystander.py", "models/a.py", "sim/b.py")


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of four small files, hashed anew at every question."""
    for name in MADE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("HOURS = 1\n", encoding="utf-8")
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "measured_by", "is_noticed"),
    [
        ("models/a.py", (), True),
        ("sim/b.py", ("study/injection_only",), True),
        ("experiments/study/injection_only.py", ("study/injection_only",), True),
        ("experiments/study/injection_only.py", (), False),
        ("experiments/study/bystander.py", ("study/injection_only",), False),
        ("experiments/study/bystander.py", ("study/bystander", "study/injection_only"), True),
    ],
)
def test_a_version_follows_the_code_that_measures(
    sources: Path, changed: str, measured_by: tuple[str, ...], is_noticed: bool
) -> None:
    version = provenance.code_hash.__wrapped__
    before = version(*measured_by)
    (sources / changed).write_text("HOURS = 2\n", encoding="utf-8")
    assert (version(*measured_by) != before) is is_noticed


BEFORE = {
    "models/a.py": """\"\"\"Says what it is.\"\"\"
import math
from sim.b import HOURS

if TYPE_CHECKING:
    from models.c import Kind

@kernel
def dose(x):
    from sim.b import other
    return x * HOURS

RATE = 2.0
""",
    "sim/b.py": "HOURS = 1\n",
}


def hashed(root: Path, files: dict[str, str]) -> str:
    for old in [*(root / "models").rglob("*.py"), *(root / "sim").rglob("*.py")]:
        old.unlink()
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return provenance.code_hash.__wrapped__()


def test_code_that_only_moves_keeps_its_hash(sources: Path) -> None:
    """A file moved, split or merged, with its imports written anew; or described otherwise at its top."""
    text = BEFORE["models/a.py"]
    moved = text.replace("from sim.b import", "from sim.clocks.hours import").replace(
        "models.c", "models.d.c"
    )
    rate = "RATE = 2.0\n"
    before = hashed(sources, BEFORE)
    assert before == hashed(sources, {"models/drug/dose.py": moved, "sim/clocks/hours.py": "HOURS = 1\n"})
    assert before == hashed(
        sources, {"models/a.py": text.replace(rate, "") + "\nHOURS = 1\n", "models/r.py": rate}
    )
    assert before == hashed(
        sources, BEFORE | {"models/a.py": text.replace("Says what it is", "Better words")}
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RATE = 2.0", "RATE = 2.1"),
        ("RATE = 2.0", ""),
        ("@kernel", "@njit"),
        ("return x * HOURS", "return x / HOURS"),
        ("import math", "import cmath as math"),
        ("from sim.b import HOURS", "from sim.b import DAYS as HOURS"),
        ("RATE = 2.0", "RATE = 2.0\nHOURS = 1"),
    ],
)
def test_code_that_says_something_else_has_another_hash(sources: Path, before: str, after: str) -> None:
    changed = BEFORE | {"models/a.py": BEFORE["models/a.py"].replace(before, after)}
    assert hashed(sources, BEFORE) != hashed(sources, changed)


@pytest.mark.parametrize("measure", plan.MEASURED_BY)
def test_a_measure_names_all_modules_that_carry_it_out(measure: str) -> None:
    """`execute` steps the model and adds nothing; whatever else is imported makes numbers."""
    named = set(plan.MEASURED_BY[measure])
    carried = {evaluation.kinds(Path())[measure].carry.__module__}
    for name in named:
        tree = ast.parse((provenance.ROOT / "experiments" / f"{name}.py").read_text("utf-8"))
        froms = [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        carried |= {module for module in froms if module.startswith("il2sim.experiments.")}
    found = {module.removeprefix("il2sim.experiments.").replace(".", "/") for module in carried}
    assert found - {"study/execute"} == named


def test_a_run_is_named_after_what_measures_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ways to measure one config have two names; a worker with another `injected` refuses."""
    whole, field = Run(Config(), 1, {}), Run(Config(), 1, {}, measured_by=("study/injection_only",))
    assert whole.id == execute.run_id(Config().hash, 1)
    assert field.id == execute.run_id(Config().hash, 1, ("study/injection_only",)) != whole.id
    monkeypatch.setattr(execute, "code_hash", lambda *names: provenance.code_hash() + ("*" if names else ""))
    assert whole.is_of_this_code
    assert "other source files" in first_injection(field).failure


def test_claims_of_the_field_bear_such_names() -> None:
    from il2sim.experiments.hypotheses.claim import find

    (stage, _) = plan.stages(*find(["H6"]), plan.Change(budget=2))
    assert {run.measured_by for run in stage.runs.values()} == {("study/injection_only",)}


def test_a_course_of_other_code_is_not_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = natural_history._file(Path(), Config(), 1)
    assert before == natural_history._file(Path(), Config(), 1) != natural_history._file(Path(), Config(), 2)
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(natural_history, "code_hash", lambda *names: asked.append(names) or "00000000")
    assert natural_history._file(Path(), Config(), 1) != before
    assert asked == [("verification/untreated",)]
