"""Serves the page, on this computer only: a port, warm kernels, the server of Solara without telemetry."""

from __future__ import annotations

import importlib.util
import socket
import threading
import time
import warnings
import webbrowser
from collections.abc import Callable

from il2sim.experiments.demo.guard import guarded
from il2sim.experiments.study.store import ExperimentError

HOST = "127.0.0.1"
PORT = 8765
LIBRARIES = ("solara", "ipyvuetify")
TITLE = "il2sim"


def serve(say: Callable[[str], None], port: int = PORT, *, opens_browser: bool = True) -> None:
    """Serve until interrupted. Raises ExperimentError when the extra `app` is not installed."""
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise ExperimentError(
            f"demo: {' and '.join(missing)} not installed; the page needs the extra `app`: "
            "pip install -c constraints.txt -e '.[app]'"
        )
    listener = listen(port)
    taken = listener.getsockname()[1]
    if port and taken != port:
        say(f"port {port} is taken; using {taken}")
    say("warming the kernels (about a minute after an installation, then a second)")
    warm()
    address = f"http://{HOST}:{taken}"
    run(listener, lambda: _announce(say, address, opens_browser))


def listen(port: int) -> socket.socket:
    """A socket on this port of this computer, or on a free one if it is taken; 0 asks for a free one."""
    try:
        return socket.create_server((HOST, port))
    except OSError:
        return socket.create_server((HOST, 0))


def warm() -> None:
    """Compile what a first click would wait for, on the smallest tumour that uses it all."""
    from il2sim.models import Config
    from il2sim.models.mesa_model import TumourModel

    given = {"patient.width": "0.3 mm", "space.margin": "0.3 mm"}
    model = TumourModel(Config().with_values(given), seed=1)
    model.advance(model.ticks_per_day)


def run(listener: socket.socket, announce: Callable[[], None]) -> None:
    """The server itself; `announce` is called once it answers. Comes back at the first interrupt."""
    import uvicorn
    from solara.server import app, settings, starlette

    settings.telemetry.mixpanel_enable = False  # Solara reports each start over the internet otherwise
    settings.kernel.cull_timeout = "10m"  # then the tumour of a closed tab is forgotten
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # for pages inside other sites
    settings.theme.title, settings.theme.show_banner, settings.theme.loader = TITLE, False, "plain"
    app.apps["__default__"] = app.AppScript("il2sim.experiments.demo.app")
    page = guarded(starlette.app, listener.getsockname()[1])
    config = uvicorn.Config(page, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    threading.Thread(target=_when_started, args=(server, announce), daemon=True).start()
    server.run(sockets=[listener])


def _when_started(server: object, announce: Callable[[], None]) -> None:
    while not getattr(server, "started", False):
        time.sleep(0.05)
    announce()


def _announce(say: Callable[[str], None], address: str, opens_browser: bool) -> None:
    say(f"the page is at {address} (stop it with Ctrl-C)")
    if opens_browser:
        webbrowser.open(address)
