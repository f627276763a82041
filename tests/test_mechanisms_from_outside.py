"""Mechanisms from outside the package: a file that a config names, or a module of a distribution."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from il2sim.experiments.model_docs.parameters import numbers
from il2sim.experiments.model_docs.sentences import sentences
from il2sim.experiments.study.design import points
from il2sim.models import Config, ConfigError
from il2sim.models.build import build
from il2sim.models.config.mechanisms import MECHANISMS
from il2sim.models.config.outside_mechanisms import names_of

Write = Callable[..., Path]

HEAD = '''"""Antibody to PD-1: T cells that it holds do not tire."""

from il2sim.sim.language.model import Model, lowered_by


def declare(m: Model) -> None:
    """Exhaustion rises more slowly."""
'''
BLOCKED = f"""{HEAD}    assumed = {{"source": "a test", "known": "assumed"}}
    blocked = m.par("blocked", 0.9, "1", range=(0.0, 1.0), **assumed)
    given = m.cytokine("treatment", shown=True, relative=True)
    m.modify("exhaustion rises in cd8", lowered_by(given, ic50=1e-6, to=1.0 - blocked))
"""
TINY = """
patient: {width: 0.5 mm}
space: {margin: 0.2 mm}
schedule: {days: [0], surgery_day: 1}
"""
HASHES = {
    "full_2d": "93d5747fbb702dbe530d85ee721110cb",
    "section_2d": "99faa88d301bcf12e3f5f0905bc30366",
    "small_2d": "98e1a5c18975712f6ed86a497d4e1867",
}


@pytest.fixture
def named(write: Write) -> Path:
    """A config that adds a file of its own folder."""
    write(BLOCKED, "my/anti_pd1.py")
    return write(f"with: ./my/anti_pd1.py\n{TINY}", "case.yaml")


@pytest.mark.parametrize("name", HASHES)
def test_a_config_without_any_keeps_its_hash(configs: Path, name: str):
    assert Config.load(configs / f"{name}.yaml").hash == HASHES[name]


def test_a_file_beside_a_config_takes_part(named: Path):
    config = Config.load(named)
    assert names_of(config.mechanisms) == (*MECHANISMS, "anti_pd1")
    assert build(config).parameters["anti_pd1.blocked"].value == 0.9
    assert any("anti_pd1" in line for line in sentences(config))
    assert any(number["name"] == "anti_pd1.blocked" for number in numbers(config))


def test_its_numbers_can_be_set(named: Path):
    config = Config.load(named, ["anti_pd1.blocked=0.5"])
    assert build(config).parameters["anti_pd1.blocked"].value == 0.5


def test_its_hash_is_of_what_it_says_not_of_where_it_lies(named: Path, write: Write):
    config = Config.load(named)
    write(BLOCKED, "elsewhere/Anti_PD1.py")
    moved = Config.load(write(f"with: elsewhere/Anti_PD1.py\n{TINY}", "case2.yaml"))
    assert moved.hash == config.hash
    assert moved.model_copy(update={"name": "case"}) == config
    write(BLOCKED.replace("0.9", "0.8"), "elsewhere/Anti_PD1.py")
    changed = Config.load(write(f"with: elsewhere/Anti_PD1.py\n{TINY}", "case2.yaml"))
    assert changed.hash != config.hash
    assert build(changed).parameters["anti_pd1.blocked"].value == 0.8
    assert build(config).parameters["anti_pd1.blocked"].value == 0.9


def test_resolved_is_the_same_config(named: Path, write: Write):
    config = Config.load(named)
    assert Config.model_validate(config.resolved()) == config
    again = write(yaml.safe_dump(config.resolved()), "far/away/case.yaml")
    assert Config.load(again) == config
    assert pickle.loads(pickle.dumps(config)) == config
    assert config.with_values({"patient.width": "0.6 mm"}).mechanisms == config.mechanisms


def test_the_list_of_a_base_and_a_setting_have_their_own_folders(
    named: Path, write: Write, monkeypatch: pytest.MonkeyPatch
):
    child = write("extends: ../case.yaml\n", "deep/child.yaml")
    assert Config.load(child).hash == Config.load(named).hash
    bare = write(TINY, "bare.yaml")
    monkeypatch.chdir(named.parent / "my")
    assert Config.load(bare, ["with=./anti_pd1.py"]).hash == Config.load(named).hash
    assert Config.load(child, ["without=anti_pd1"]).hash == Config.load(bare).hash
    listed = Config(mechanisms=[*MECHANISMS, "anti_pd1.py"])
    assert listed.mechanisms[-1] == Config.load(named).mechanisms[-1]


def test_a_file_can_be_an_arm(named: Path, write: Write):
    swept = write(
        f"{TINY}sweep: {{axes: {{with: [[], [./my/anti_pd1.py, cd25], my/anti_pd1.py]}}}}", "s.yaml"
    )
    config = Config.load(swept)
    arms = [config.with_values(point) for point in points(config)]
    assert [set(names_of(arm.mechanisms)) - set(MECHANISMS) for arm in arms] == [
        set(),
        {"anti_pd1", "cd25"},
        {"anti_pd1"},
    ]
    assert arms[2].hash == Config.load(named).hash


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("cd8.py", BLOCKED, "has the name of the package's own mechanism 'cd8'; rename it, as my_cd8.py"),
        ("gone.py", None, "cannot be read (no such file or directory); a path is relative"),
        ("notes.txt", "", "is no Python file; name a file that ends in .py"),
        (
            "anti-pd1.py",
            BLOCKED,
            "cannot name a mechanism, whose numbers are called by it; rename it anti_pd1.py",
        ),
        ("a,b.py", BLOCKED, "has the character ',' in its path, which a list cannot hold; rename the file"),
    ],
)
def test_what_is_no_file_of_a_mechanism_is_refused_at_once(
    write: Write, name: str, text: str | None, said: str
):
    if text is not None:
        write(text, name)
    case = write(f"with: './{name}'\n", "case.yaml")
    with pytest.raises(ConfigError) as error:
        Config.load(case)
    assert str(error.value).startswith(f"{case}:1: mechanisms: '{case.parent}/{name}' ")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('"""Says nothing."""\nNUMBER = 1\n', 1, "has no function `declare`: write `def declare(m: Model)"),
        ("def declare() -> None: ...\n", 1, "declare takes the model and nothing else"),
        (f"{HEAD}    m.cell('cd8'\n", 8, "SyntaxError: "),
        ("import no_such_module\n", 1, "ModuleNotFoundError: "),
        (f"{HEAD}    m.cell('tumuor').dies(1.0)\n", 8, "unknown cell type 'tumuor'; did you mean 'tumour'?"),
        (f"{HEAD}    raise RuntimeError('no')\n", 8, "RuntimeError: no"),
        ("import sys\nsys.exit(3)\n", 2, "SystemExit: 3"),
    ],
)
def test_a_mistake_in_it_is_one_sentence_with_both_files(write: Write, text: str, line: int, said: str):
    file = write(text, "my/broken.py")
    case = write(f"{TINY}mechanisms: [tumour, cd8, my/broken.py]\n", "case.yaml")
    with pytest.raises(ConfigError) as error:
        build(Config.load(case))
    assert str(error.value).startswith(f"{case}:5: mechanisms: broken (my/broken.py:{line}): ") or str(
        error.value
    ).startswith(f"{case}:5: broken (my/broken.py:{line}): ")
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert file.is_file()


def test_two_of_one_name_are_refused(named: Path, write: Write):
    write(BLOCKED, "other/anti_pd1.py")
    case = write("with: [my/anti_pd1.py, other/anti_pd1.py]\n", "two.yaml")
    with pytest.raises(
        ConfigError, match=r"two\.yaml:1: .*two mechanisms are called 'anti_pd1': .*rename one"
    ):
        Config.load(case)


def test_a_file_that_changes_under_a_config_is_refused(named: Path):
    config = Config.load(named)
    (named.parent / "my" / "anti_pd1.py").write_text(BLOCKED.replace("0.9", "0.7"))
    with pytest.raises(ConfigError, match=r"anti_pd1\.py' has changed since this config was made"):
        build(config)


def test_it_is_run_explained_and_replayed(named: Path, il2sim_command: Callable[..., tuple[int, str, str]]):
    file = named.parent / "my" / "anti_pd1.py"
    assert "anti_pd1.blocked = 0.9" in il2sim_command("explain", "anti_pd1.blocked", str(named))[1]
    assert "a mechanism, " in il2sim_command("explain", "anti_pd1", str(named))[1]
    code, _, err = il2sim_command(
        "run", str(named), "--seed", "1", "--quiet", "--no-twin", "--out", "results"
    )
    assert code == 0, err
    passport = json.loads((named.parent / "results" / "passport.json").read_text())
    (kept,) = passport["mechanism_files"]
    assert (kept["name"], kept["path"]) == ("anti_pd1", str(file))
    assert kept["content"] in passport["config"]["mechanisms"][-1]
    code, out, err = il2sim_command("replay", "results")
    assert code == 0, out + err
    file.write_text(BLOCKED.replace("0.9", "0.7"))
    code, _, err = il2sim_command("replay", "results")
    assert code == 2
    assert "mechanism 'anti_pd1': " in err
    assert "has changed since this config was made" in err
    file.unlink()
    code, _, err = il2sim_command("replay", "results")
    assert code == 2
    assert "cannot be read (no such file or directory); bring back the file" in err


@pytest.fixture
def il2sim_command(tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """Carries out the command in a process of its own, in the test's folder."""

    def carry_out(*words: str, path: str = "") -> tuple[int, str, str]:
        ended = subprocess.run(
            [sys.executable, "-m", "il2sim", *words], cwd=tmp_path, capture_output=True, text=True,
            check=False, env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        return ended.returncode, ended.stdout, ended.stderr

    return carry_out


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a distribution that offers mechanisms, and one that does harm."""
    folder = tmp_path / "site"
    info = folder / "il2sim_pd1-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: il2sim-pd1\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(
        "[il2sim.mechanisms]\nanti_pd1 = pd1_room.antibody\nlost = pd1_room.nowhere\nmute = pd1_room.mute\n"
    )
    (folder / "pd1_room").mkdir()
    (folder / "pd1_room" / "__init__.py").write_text("")
    (folder / "pd1_room" / "antibody.py").write_text(BLOCKED)
    (folder / "pd1_room" / "mute.py").write_text('"""Nothing."""\n')
    return folder


def test_an_installed_mechanism_takes_part(
    site: Path, write: Write, il2sim_command: Callable[..., tuple[int, str, str]]
):
    case = str(write(f"with: anti_pd1\n{TINY}", "case.yaml"))
    path = str(site)
    code, out, err = il2sim_command("rules", case, path=path)
    assert code == 0, err
    assert "anti_pd1.blocked" in out
    assert "anti_pd1.blocked" in il2sim_command("parameters", case, path=path)[1]
    code, _, err = il2sim_command(
        "run", case, "--seed", "1", "--quiet", "--no-twin", "--out", "results", path=path
    )
    assert code == 0, err
    code, _, err = il2sim_command("replay", "results")
    assert code == 2
    assert "mechanism 'anti_pd1' is of a distribution that is not installed" in err
    (site / "pd1_room" / "antibody.py").write_text(BLOCKED.replace("0.9", "0.70"))
    code, _, err = il2sim_command("replay", "results", path=path)
    assert (code, "has changed since" in err) == (2, True)


def test_an_installed_mechanism_that_is_broken_says_why(
    site: Path, write: Write, il2sim_command: Callable[..., tuple[int, str, str]]
):
    path = str(site)
    told: dict[str, str] = {}
    for name in ("lost", "mute", "anti_pd2"):
        case = write(f"{TINY}with: {name}\n", f"{name}.yaml")
        code, _, told[name] = il2sim_command("rules", str(case), path=path)
        assert code == 2
        assert f"{case}:5: " in told[name]
        assert "Traceback" not in told[name]
    assert "il2sim-pd1 1.2 says that it is the module 'pd1_room.nowhere', which is not there" in told["lost"]
    assert "mute (pd1_room/mute.py:1): has no function `declare`" in told["mute"]
    assert "unknown mechanism 'anti_pd2'; did you mean 'anti_pd1'?" in told["anti_pd2"]


def test_a_distribution_cannot_take_the_name_of_an_own_mechanism(
    site: Path, write: Write, il2sim_command: Callable[..., tuple[int, str, str]]
):
    points = site / "il2sim_pd1-1.2.dist-info" / "entry_points.txt"
    points.write_text("[il2sim.mechanisms]\ncd8 = pd1_room.antibody\n")
    code, _, err = il2sim_command("rules", str(write(TINY, "case.yaml")), path=str(site))
    assert code == 2
    assert "il2sim-pd1 1.2 offers a mechanism 'cd8', a name that the package has already; uninstall it" in err
