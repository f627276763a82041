"""Lets the page be asked for by itself alone: its own address as Host, and no other site's script as Origin.

A browser lets any site open a WebSocket to this computer, and a name that another site points here would be
that site's. Both say so in a header, which no script can change.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

NAMES = ("127.0.0.1", "localhost")
FORBIDDEN, POLICY = 403, 1008  # HTTP status; WebSocket close code


def guarded(application: Application, port: int) -> Application:
    """The application (ASGI), behind a check of who asks; what fails it gets a sentence and nothing else."""

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        reason = refusal(scope, port) if scope["type"] in ("http", "websocket") else ""
        if not reason:
            await application(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY, "reason": reason})
        else:
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": FORBIDDEN, "headers": headers})
            await send({"type": "http.response.body", "body": reason.encode()})

    return checked


def refusal(scope: Scope, port: int) -> str:
    """Why a request is refused; empty where it is the page's own.

    A WebSocket must name its origin, as every browser does; a plain request without one was typed.
    """
    own = [f"{name}:{port}" for name in NAMES]
    hosts, origins = (_values(scope, name) for name in (b"host", b"origin"))
    if len(hosts) != 1 or hosts[0].lower() not in own:
        return f"this page answers to http://{own[0]} alone"
    is_own = all(origin.lower() in {f"http://{name}" for name in own} for origin in origins)
    if not is_own or (scope["type"] == "websocket" and len(origins) != 1):
        return f"only the page at http://{own[0]} may ask this; open it there"
    return ""


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]
