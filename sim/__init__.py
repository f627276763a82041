"""A lattice, cells, fields and rates; no biology. Importing it first points Numba's cache at these very
sources.
"""

if __name__ != "il2sim.sim":
    raise ImportError("sim is a part of il2sim: import il2sim, or from il2sim.sim import ...")

import hashlib
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path


def _cache_folder() -> Path:
    """Folder named by the hash of the kernels and their compiler: an edit can never meet stale machine
    code.
    """
    here = Path(__file__).resolve().parent
    sources = b"".join(path.read_bytes() for path in sorted(here.rglob("*.py")))
    compiler = f"{version('numba')} {version('numpy')} {sys.version_info[:2]}"
    name = hashlib.sha256(sources + compiler.encode()).hexdigest()[:16]
    home = here.parent / ".cache" / "numba"
    try:
        (home / name).mkdir(parents=True, exist_ok=True)
    except OSError:  # a read-only install still caches, elsewhere
        home = Path(tempfile.gettempdir()) / "il2sim-numba"
        (home / name).mkdir(parents=True, exist_ok=True)
    return home / name


os.environ["NUMBA_CACHE_DIR"] = str(_cache_folder())
