"""Paths and designs tests may need, and the browser: its tests are skipped aloud without one, or fail
where required.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from il2sim.experiments.report import summary
from il2sim.experiments.report.figures import draw_all
from il2sim.models import Config
from tests.asked_case import Asked
from tests.cli_case import MANY, ONE, Il2sim
from tests.run_case import carried, sweep

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--require-browser", action="store_true", help="a skipped browser test fails")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def configs(root: Path) -> Path:
    """The committed configs."""
    return root / "configs"


@pytest.fixture(scope="session", autouse=True)
def no_cache_of_mine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settled tumours of tests are kept in a folder of theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IL2SIM_CACHE_DIR", str(tmp_path_factory.mktemp("settled")))
        yield


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a text as a file of the test's own folder."""

    def write_file(text: str, name: str = "case.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's Chromium; skips the test where there is none."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """With --require-browser a skipped browser test is a failed one."""
    outcome = yield
    if outcome.skipped and item.get_closest_marker("browser"):
        outcome.is_browser_skip = True
        if item.config.getoption("--require-browser"):
            reason = outcome.longrepr[2] if isinstance(outcome.longrepr, tuple) else outcome.longrepr
            outcome.outcome = "failed"
            outcome.longrepr = f"{item.nodeid}: a browser is required ({reason})"
    return outcome


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which browser tests proved nothing."""
    skipped = [test for test in terminalreporter.getreports("skipped") if hasattr(test, "is_browser_skip")]
    for test in skipped:
        terminalreporter.write_line(f"NOT VERIFIED: {test.nodeid} ({test.longrepr[2]})", yellow=True)


@pytest.fixture
def il2sim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Types `il2sim hypotheses ...`, or another verb of claims, with stand-ins for the model."""
    from tests.hypothesis_case import claims_typist

    yield from claims_typist(tmp_path, monkeypatch, capsys)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """A set of two claims and a page of them, with stand-ins for the model."""
    monkeypatch.setattr("il2sim.experiments.hypotheses.evaluation.execute", carried)
    return Asked(tmp_path)


@pytest.fixture
def pictures(il2sim: Il2sim, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets figures be drawn after all."""
    monkeypatch.setattr(summary, "draw_all", draw_all)


@pytest.fixture
def one(write: Callable[..., Path]) -> str:
    """A config of one run."""
    return str(write(ONE, "one.yaml"))


@pytest.fixture
def many(write: Callable[..., Path]) -> str:
    """A config of a sweep of eight."""
    return str(write(MANY, "many.yaml"))


@pytest.fixture
def doses() -> Config:
    """Three doses, the first of which is none, on two widths."""
    return sweep(
        {"schedule.dose": ("0 MIU/mm", "0.05 MIU/mm", "0.5 MIU/mm"), "patient.width": ("5 mm", "8 mm")}
    )


@pytest.fixture
def poisoned() -> Config:
    """The second of three arms is stopped by the stand-in."""
    return sweep({"patient.stil": ("10 %", "75 %", "20 %")}, replicates=1, twin=False)
