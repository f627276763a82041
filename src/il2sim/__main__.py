"""`python -m il2sim` is the command `il2sim`."""

import os
import signal
from types import FrameType

_SAID = b"interrupted: no results were touched\n"
_INTERRUPTED = 130


def main() -> None:
    """Load the command and run it. Ctrl-C while Python loads it ends with 130 and no traceback."""
    is_heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_heard:
        signal.signal(signal.SIGINT, _leave)
    from il2sim.experiments.cli.main import main as command

    if is_heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command()


def _leave(number: int, frame: FrameType | None) -> None:
    """Nothing has begun: an exception could be swallowed by what is being imported."""
    os.write(2, _SAID)
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
