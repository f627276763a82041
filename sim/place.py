"""Where in its file a mechanism says something, so that a mistake can be pointed at."""

import inspect
import os
from pathlib import Path


def said_at(mechanism: str) -> str:
    """File and line of the mechanism that is declaring now; nothing where no file of that name is."""
    own, frame = f"{os.sep}{mechanism}.py", inspect.currentframe()
    while frame is not None and not frame.f_code.co_filename.endswith(own):
        frame = frame.f_back
    return line_of(frame.f_code.co_filename, frame.f_lineno) if frame is not None else ""


def line_of(file: str, line: int) -> str:
    """As a reader looks it up: "models/cd8.py:47"."""
    return f"{Path(file).parent.name}/{Path(file).name}:{line}"
