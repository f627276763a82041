"""The launcher with stand-ins for uv and Python: when it sets up, what it passes on, how it refuses."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

TOOLS = ("sh", "cat", "cksum", "dirname", "readlink", "mkdir", "rm", "sleep", "chmod")

PYTHON = """#!/bin/sh
case "$2" in
    *platform*) echo {version} ;;
    *version_info*) exit {unsupported} ;;
    *ensurepip*) exit {no_venv} ;;
esac
"""

UV = """#!/bin/sh
for last; do :; done
case "$1" in
    --version) echo uv 1 ;;
    venv)
        mkdir -p "$last/bin"
        cat "$0.python" >"$last/bin/python"
        chmod +x "$last/bin/python" ;;
    pip)
        echo "$@" >>"$0.log"
        echo noise of the installer
        sleep 0.2
        [ ! -e "$0.broken" ] || exit 1
        command=${last%\\[*}/.venv/bin/il2sim
        printf '#!/bin/sh\\nfor argument; do echo "<$argument>"; done\\nexit 3\\n' >"$command"
        chmod +x "$command" ;;
esac
"""


@dataclass(frozen=True)
class Checkout:
    """A folder with the launcher, and a PATH with nothing but stand-ins."""

    folder: Path
    tools: Path

    def start(
        self, *arguments: str, command: Path | None = None, cwd: Path | None = None
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(command or self.folder / "il2sim"), *arguments],
            cwd=cwd or self.folder,
            env={"PATH": str(self.tools)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, *arguments: str, command: Path | None = None, cwd: Path | None = None
    ) -> tuple[int, str, str]:
        started = self.start(*arguments, command=command, cwd=cwd)
        out, err = started.communicate(timeout=20)
        return started.returncode, out, err

    def installs(self) -> int:
        log = self.tools / "uv.log"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def add(self, name: str, text: str) -> None:
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path, root: Path) -> Checkout:
    if sys.platform == "win32":
        pytest.skip("the launcher is a POSIX script")
    folder, tools = tmp_path / "a checkout", tmp_path / "tools"
    folder.mkdir()
    tools.mkdir()
    for tool in TOOLS:
        os.symlink(str(shutil.which(tool)), tools / tool)
    shutil.copy(root / "il2sim", folder)
    (folder / "pyproject.toml").write_text("[project]\n")
    (folder / "constraints.txt").write_text("numpy==2\n")
    return Checkout(folder, tools)


@pytest.fixture
def ready(checkout: Checkout) -> Checkout:
    """With a Python and a uv that work."""
    checkout.add("python3", PYTHON.format(version="3.11.7", unsupported=0, no_venv=0))
    checkout.add("uv.python", PYTHON.format(version="3.11.7", unsupported=0, no_venv=0))
    checkout.add("uv", UV)
    return checkout


def test_first_use_sets_up_once_and_passes_everything_on(ready: Checkout) -> None:
    code, out, err = ready.run("run", "a b.yaml", "--set", "x=1 1/d", "")
    assert (code, out) == (3, "<run>\n<a b.yaml>\n<--set>\n<x=1 1/d>\n<>\n")
    assert "setting up .venv" in err
    assert "noise" in err
    assert ready.run("--help") == (3, "<--help>\n", "")
    assert ready.installs() == 1
    written = (ready.tools / "uv.log").read_text()
    assert f"-c {ready.folder}/constraints.txt -e {ready.folder}[app,test]" in written


def test_changed_requirements_or_place_renew_it(ready: Checkout) -> None:
    ready.run()
    for name in ("pyproject.toml", "constraints.txt"):
        (ready.folder / name).write_text("changed\n")
        assert "renewing" in ready.run()[2]
        assert ready.run()[2] == ""
    moved = Checkout(ready.folder.rename(ready.folder.parent / "moved"), ready.tools)
    assert "renewing" in moved.run()[2]
    assert ready.installs() == 4


def test_works_through_links_and_from_elsewhere(ready: Checkout, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "near").symlink_to("../a checkout/il2sim")
    (tmp_path / "far").symlink_to("elsewhere/near")
    assert ready.run("x", command=tmp_path / "far", cwd=elsewhere)[:2] == (3, "<x>\n")
    assert (ready.folder / ".venv").is_dir()


def test_three_first_uses_at_once_install_once(ready: Checkout) -> None:
    started = [ready.start(str(number)) for number in range(3)]
    found = [process.communicate(timeout=20)[0] for process in started]
    assert found == ["<0>\n", "<1>\n", "<2>\n"]
    assert ready.installs() == 1
    assert not (ready.folder / ".cache" / "setup.lock").exists()


def test_lock_of_a_dead_set_up_is_removed(ready: Checkout) -> None:
    lock = ready.folder / ".cache" / "setup.lock"
    lock.mkdir(parents=True)
    gone = subprocess.Popen(["true"])
    gone.wait()
    (lock / "owner").write_text(f"{gone.pid}\n")
    assert ready.run("x")[:2] == (3, "<x>\n")


def test_failed_set_up_is_named_and_tried_again(ready: Checkout) -> None:
    (ready.tools / "uv.broken").touch()
    code, out, err = ready.run("x")
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith("il2sim: the set-up failed")
    (ready.tools / "uv.broken").unlink()
    assert ready.run("x")[:2] == (3, "<x>\n")


@pytest.mark.parametrize(
    ("python", "says"),
    [
        (None, "no Python found; install Python 3.11, 3.12 or 3.13"),
        (
            {"version": "3.9.2", "unsupported": 1, "no_venv": 0},
            "Python 3.9.2 is not supported; install Python 3.11",
        ),
        ({"version": "3.14.0", "unsupported": 1, "no_venv": 0}, "Python 3.14.0 is not supported"),
        ({"version": "3.11.2", "unsupported": 0, "no_venv": 1}, "Python 3.11.2 has no venv; install it"),
    ],
)
def test_a_python_that_will_not_do_is_one_sentence(
    checkout: Checkout, python: dict | None, says: str
) -> None:
    if python is not None:
        checkout.add("python3", PYTHON.format(**python))
    code, out, err = checkout.run("x")
    assert (code, out) == (2, "")
    assert err.startswith(f"il2sim: {says}")
    assert len(err.splitlines()) == 1
    assert not (checkout.folder / ".venv").exists()
