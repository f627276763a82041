"""`python -m il2sim` is the command `il2sim`."""

import os
import signal
import sys
from types import FrameType

_SAID = b"interrupted: no results were touched\n"
_INTERRUPTED = 130


def main() -> None:
    """Load the command and run it; a part that is missing ends it with one sentence and exit code 2. Ctrl-C
    while Python loads it ends with 130 and no traceback.
    """
    try:
        _command()
    except ModuleNotFoundError as error:
        print(f"il2sim: {_missing(error.name or str(error))}", file=sys.stderr)
        raise SystemExit(2) from None


def _command() -> None:
    is_heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_heard:
        signal.signal(signal.SIGINT, _leave)
    from il2sim.experiments.cli.main import main as command

    if is_heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command()


def _missing(module: str) -> str:
    """What a half install lacks, and the remedy."""
    again = "install il2sim again (in a clone: rm -rf .venv, then ./il2sim)"
    if module.partition(".")[0] != "il2sim":
        return f"the library {module.partition('.')[0]!r} is not installed, which il2sim needs: {again}"
    folder = os.path.dirname(os.path.abspath(__file__))
    return (
        f"its part {module!r} is not there: in {folder} experiments, models, sim and configs must be folders "
        f"or links to them; on a file system without links copy the folders there, else {again}"
    )


def _leave(number: int, frame: FrameType | None) -> None:
    """Nothing has begun: an exception could be swallowed by what is being imported."""
    os.write(2, _SAID)
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
