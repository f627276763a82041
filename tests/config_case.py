"""What a config is refused with, line by line."""

from pathlib import Path

import pytest

from il2sim.models.config.model import Config, ConfigError


def problems(path: Path, set: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Config.load(path, set)
    return str(caught.value).splitlines()
