"""Where in its file a mechanism says something, so that a mistake can be pointed at."""

import inspect
import os
from pathlib import Path


def said_at(mechanism: str, file: str = "") -> str:
    """File and line of the mechanism that is declaring now; nothing where no file of that name is.

    `file` is that of a mechanism which need not have its name.
    """
    own, frame = file or f"{os.sep}{mechanism}.py", inspect.currentframe()
    while frame is not None and not frame.f_code.co_filename.endswith(own):
        frame = frame.f_back
    return line_of(frame.f_code.co_filename, frame.f_lineno) if frame is not None else ""


def line_of(file: str, line: int) -> str:
    """As a reader looks it up: "models/biology/populations/cd8.py:47"."""
    parts = Path(file).parts
    own = len(parts) - parts[::-1].index("il2sim") if "il2sim" in parts[:-1] else -2
    return f"{'/'.join(parts[own:])}:{line}"
