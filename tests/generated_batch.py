"""A process of its own that loads, builds and plans configs made by chance, with bounded memory and time.

`python -m tests.generated_batch SEED COUNT [TICKS]` prints one JSON document: what each kind came to, how
often each key was met, and every config that ended in anything but a result or sentences.
"""

import faulthandler
import json
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from il2sim.experiments.study import design
from il2sim.experiments.study.planning import cost
from il2sim.experiments.study.store import ExperimentError
from il2sim.experiments.study.workers import Workplace
from il2sim.models import Config, Simulation
from il2sim.models.build import build
from il2sim.models.config.many_models import check_models
from il2sim.models.config.model import ConfigError
from il2sim.sim.engine import SimError
from tests.generated_configs import Generated, generated, write

LONGEST_S = 20
MOST_BYTES = 10**9  # beyond what the libraries take
LONGEST_LINE, MOST_LINES = 2000, 60
WIDEST_MM = 1.5


class Hang(BaseException):
    """A config that took too long."""


def main(seed: int, count: int, ticks: int) -> dict[str, Any]:
    """What so many configs came to."""
    warm()
    bound()
    ends: Counter[str] = Counter()
    keys: Counter[str] = Counter()
    wrong: list[dict[str, Any]] = []
    refused: list[str] = []
    slowest = 0.0
    with TemporaryDirectory() as folder:
        for one in generated(seed, count, WIDEST_MM if ticks else None):
            keys.update(one.keys)
            started = time.perf_counter()
            end = ended(one, Path(folder), ticks)
            slowest = max(slowest, time.perf_counter() - started)
            ends[f"{one.kind}: {end.partition(':')[0]}"] += 1
            if one.kind == "valid" and end != "result":
                refused.append(f"{one.number}: {end}")
            if not end.startswith(("result", "sentence: ")):
                wrong.append(shown(one, end))
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {
        "ends": ends,
        "keys": keys,
        "wrong": wrong,
        "refused": refused,
        "slowest_s": round(slowest, 2),
        "memory_mb": memory_mb,
    }


def shown(one: Generated, end: str) -> dict[str, Any]:
    """A config that came to something else, to be made again by its number."""
    text = one.content[:1000].decode("utf-8", "replace")
    return {"number": one.number, "end": end, "text": text, "settings": [*map(ascii, one.settings)]}


def warm() -> None:
    """Load the libraries and what they keep, before memory is counted."""
    Simulation(Config().with_values({"patient.width": "0.5 mm", "space.margin": "0.1 mm"}), 1).step()


def bound() -> None:
    """Let the process have a bounded memory more than it has."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    signal.signal(signal.SIGALRM, _hang)


def _hang(*_: object) -> None:
    raise Hang


def ended(one: Generated, folder: Path, ticks: int) -> str:
    """ "result", "sentence: ...", or what else a config came to, with its traceback."""
    faulthandler.dump_traceback_later(3 * LONGEST_S, exit=True)  # of a call that no signal reaches
    signal.alarm(LONGEST_S)
    try:
        tried(write(one, folder), one.settings, ticks)
    except (ConfigError, ExperimentError, SimError) as error:
        return said(str(error))
    except Hang:
        return f"hang: {traceback.format_exc()[-1500:]}"
    except BaseException as error:
        return f"{type(error).__name__}: {traceback.format_exc()[-1500:]}"
    finally:
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()
    return "result"


def tried(path: Path, settings: tuple[str, ...], ticks: int) -> None:
    """Everything that is done with a config before its runs, and so many ticks of the first of them."""
    config = Config.load(path, settings)
    build(config)
    if config.sweep is not None:
        runs = design.grid(config, 1, str(path))
    else:
        runs = design.pair(config, 1, path, settings, twin=True, until=None)
    check_models(run.config for run in runs)
    assert cost(path.parent, runs, runs, Workplace(1))["planned"] == len(runs)
    assert config.hash == Config.load(path, settings).hash
    assert len(config.name) <= 100
    if ticks:
        simulation = Simulation(config, 1)
        for _ in range(ticks):
            simulation.step()


def said(message: str) -> str:
    """ "sentence: ..." where every line can be shown and is of a bounded length."""
    lines = message.split("\n")
    if len(lines) > MOST_LINES:
        return f"many lines: {len(lines)}"
    bad = [line for line in lines if not line.isprintable() or not 10 < len(line) < LONGEST_LINE]
    return f"bad line: {ascii(bad[0])[:300]}" if bad else f"sentence: {lines[0]}"


if __name__ == "__main__":
    print(json.dumps(main(*map(int, [*sys.argv[1:], "0"][:3]))))
