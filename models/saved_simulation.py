"""A whole run at any moment as one file and back: cells, fields, drug, records and clocks."""

import hashlib
import os
import platform
import tempfile
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from il2sim.models.config.model import Config, ConfigError
from il2sim.models.saved_arrays import SavedError, packed, unpacked
from il2sim.models.saved_graph import Reader, Writer

FORMAT = 1
"""Goes up when the file holds something else."""

_WHAT = "simulation"
_ROUNDING = ("numpy", "scipy", "numba", "llvmlite")  # another version may round otherwise


def packed_simulation(config: Config, state: object) -> bytes:
    """The file of what a run of this config holds."""
    writer = Writer(config)
    start = writer.add(state)
    header = {
        "what": _WHAT,
        "format": FORMAT,
        "made_by": _made_by(),
        "config": config.resolved(),
        "config_hash": config.hash,
        "start": start,
        "nodes": writer.nodes,
    }
    return packed(header, writer.arrays)


def unpacked_simulation(content: bytes) -> Any:
    """What the run held. Raises SavedError for a torn or foreign file, and for one of other code."""
    header, arrays = unpacked(content)
    own = {
        "what": (_WHAT, "something else than a simulation"),
        "format": (FORMAT, "a format of another version of il2sim"),
        "made_by": (
            _made_by(),
            "a run of another version of il2sim or of its libraries; go on with that one",
        ),
    }
    for key, (value, otherwise) in own.items():
        if header.get(key) != value:
            raise SavedError(f"holds {otherwise}")
    try:
        config = Config.model_validate(header["config"])
    except ConfigError as error:
        raise SavedError(f"holds a config that cannot be read here: {error}") from error
    if config.hash != header["config_hash"]:
        raise SavedError("holds a config whose mechanisms from outside are others here; restore their files")
    return Reader(config, header["nodes"], arrays).thing(header["start"])


@cache
def _made_by() -> dict[str, str]:
    """Sources to the last character, as classes are found again by name; libraries; kind of processor."""
    storeys = (Path(__file__).resolve().parent, Path(__file__).resolve().parents[1] / "sim")
    sources = (path.read_bytes() for storey in storeys for path in sorted(storey.rglob("*.py")))
    code = hashlib.blake2b(b"\0".join(sources), digest_size=16).hexdigest()
    versions = {name: version(name) for name in _ROUNDING}
    return {"code": code, "processor": platform.machine(), **versions}


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of which nobody ever sees a part. Raises OSError."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with open(number, "wb") as stream:
            stream.write(content)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
