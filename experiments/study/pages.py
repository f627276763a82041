"""What a page that grows holds so far: the JSON beside it, read before any time is spent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from il2sim.experiments.study.store import ExperimentError


def kept_beside(page: Path, check: Callable[[Any], object]) -> Any:
    """The JSON beside a page, None where neither is there yet; `check` reads it as its owner would.

    Raises ExperimentError where it cannot be read, or where the page is a file of somebody else's.
    """
    file = page.with_suffix(".json")
    if not file.exists():
        if page.exists():
            problem = f"exists, and no {file.name} beside it says that it is such a page"
            raise ExperimentError(f"{page}: {problem}; name another file")
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        check(found)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        problem = f"is no page's JSON ({type(error).__name__}: {error})"
        raise ExperimentError(f"{file}: {problem}; move it to begin anew, or name another page") from None
    return found
