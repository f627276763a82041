"""Who may ask the demo page: itself. Harmless requests with another site's name in them are turned away."""

import asyncio
from typing import Any

import pytest

from il2sim.experiments.demo.guard import guarded

PORT = 8765
OWN = f"127.0.0.1:{PORT}"


def asked(kind: str, *headers: tuple[str, str]) -> list[dict[str, Any]]:
    """What comes back for one request with these headers; "reached" where the page itself got it."""
    said: list[dict[str, Any]] = []

    async def page(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "reached"})

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect"}

    async def send(message: Any) -> None:
        said.append(message)

    scope = {"type": kind, "headers": [(name.encode(), value.encode()) for name, value in headers]}
    asyncio.run(guarded(page, PORT)(scope, receive, send))
    return said


def is_let_in(kind: str, *headers: tuple[str, str]) -> bool:
    return asked(kind, *headers) == [{"type": "reached"}]


@pytest.mark.parametrize("host", [OWN, f"localhost:{PORT}", f"LocalHost:{PORT}"])
def test_the_page_itself_is_let_in(host: str) -> None:
    assert is_let_in("http", ("host", host))
    assert is_let_in("http", ("host", host), ("origin", f"http://{host}"))
    assert is_let_in("websocket", ("host", host), ("origin", f"http://{host}"))
    assert is_let_in("lifespan")


@pytest.mark.parametrize("host", ["example.org", f"example.org:{PORT}", "127.0.0.1", "127.0.0.1:80", ""])
def test_another_name_of_this_computer_is_not(host: str) -> None:
    start, body = asked("http", ("host", host))
    assert start["status"] == 403
    assert body["body"].decode() == f"this page answers to http://{OWN} alone"
    assert not is_let_in("websocket", ("host", host), ("origin", f"http://{host}"))
    assert not is_let_in("http")
    assert not is_let_in("http", ("host", OWN), ("host", host))


@pytest.mark.parametrize(
    "origin",
    ["http://example.org", f"https://{OWN}", "http://127.0.0.1:80", f"http://{OWN}.example.org", "null", ""],
)
def test_a_script_of_another_site_is_not(origin: str) -> None:
    (closed,) = asked("websocket", ("host", OWN), ("origin", origin))
    assert (closed["type"], closed["code"]) == ("websocket.close", 1008)
    assert f"only the page at http://{OWN} may ask this" in closed["reason"]
    assert not is_let_in("http", ("host", OWN), ("origin", origin))
    assert not is_let_in("websocket", ("host", OWN))
    assert not is_let_in("websocket", ("host", OWN), ("origin", f"http://{OWN}"), ("origin", origin))
