"""The named protocols: schedules under whatever else a config says of its injections."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from il2sim.models.config.reader import Written, read
from il2sim.models.config.values import LONGEST_NAME, PROTOCOLS

USUAL = "registry_2025"


def protocol_of(name: object, keys: Sequence[str]) -> Written:
    """The schedule of a named protocol, of these keys; nothing for a name that its own check refuses."""
    if not isinstance(name, str) or len(name) > LONGEST_NAME or "/" in name or "\0" in name:
        return Written()
    path = PROTOCOLS / f"{name}.yaml"
    if not path.is_file():
        return Written()
    return _read(path, path.stat().st_mtime_ns, tuple(keys))


def filled(given: Mapping[str, object], keys: Mapping[str, str]) -> dict[str, object]:
    """A schedule as given, by the names in `keys` (field -> YAML) or by theirs, on top of its protocol."""
    below = protocol_of(given.get("protocol", USUAL), tuple(keys.values())).values
    named = {f"schedule.{keys.get(name, name)}" for name in given}
    return {key.partition(".")[2]: below[key] for key in below if key not in named} | dict(given)


@lru_cache(maxsize=32)
def _read(path: Path, changed_ns: int, keys: tuple[str, ...]) -> Written:
    """Read once, and again where somebody has changed it meanwhile."""
    return read(path, {"": (), "schedule": keys})
