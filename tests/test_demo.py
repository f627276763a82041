"""The teaching page in a real Chromium, served as a person starts it, with every way out of here watched."""

import contextlib
import http.client
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PATIENCE_MS = 60_000
WATCH = """
import sys
def watch(event, details):
    if event == "socket.connect":
        host = details[1][0] if isinstance(details[1], tuple) else "127.0.0.1"
    elif event == "socket.getaddrinfo":
        host = details[0]
    else:
        return
    if host not in ("127.0.0.1", "localhost", "::1", None):
        with open({log!r}, "a") as log:
            log.write(f"{{event}} {{host}}\\n")
sys.addaudithook(watch)
"""
PICTURE = "svg[aria-label^=section] image"


@dataclass(frozen=True)
class Server:
    """The page's address, what the server said, and where it noted a wish to leave this computer."""

    address: str
    said: Path
    outgoing: Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, root: Path, chromium: str) -> Iterator[Server]:
    """`il2sim demo` on a free port, in a process of its own, ended as by Ctrl-C."""
    folder = tmp_path_factory.mktemp("demo")
    outgoing, said = folder / "outgoing.txt", folder / "said.txt"
    (folder / "sitecustomize.py").write_text(WATCH.format(log=str(outgoing)), encoding="utf-8")
    paths = os.pathsep.join([str(folder), str(root)])
    command = [sys.executable, "-m", "il2sim.experiments.cli.main", "demo", "--port", "0", "--no-browser"]
    with (
        said.open("w") as log,
        subprocess.Popen(command, stderr=log, env=os.environ | {"PYTHONPATH": paths}) as process,
    ):
        yield Server(_address(process, said), said, outgoing)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) in (0, 130)
    assert "Traceback" not in said.read_text("utf-8")


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    for _ in range(3000):  # kernels may have to be compiled first
        words = said.read_text("utf-8").split()
        found = [word for word in words if word.startswith("http://")]
        if found:
            return found[0]
        assert process.poll() is None, said.read_text("utf-8")
        time.sleep(0.1)
    raise AssertionError(said.read_text("utf-8"))


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A fresh tab; at its end there was no error, and neither it nor the server asked for the internet."""
    page = browser.new_page(viewport={"width": 1360, "height": 800})
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(PATIENCE_MS)
    page.goto(server.address)
    yield page
    page.close()
    assert errors == []
    assert [url for url in requests if not url.startswith((server.address, "data:"))] == []
    assert not server.outgoing.exists(), server.outgoing.read_text("utf-8")


def on_day(page: Page, number: int) -> None:
    """The page stands still on this day, heading and pictures."""
    expect(page.locator("h2")).to_have_text(f"Day {number} of 28", timeout=PATIENCE_MS)
    expect(page.locator(f"svg[aria-label$=' wide, day {number}']")).to_be_visible()


def slide(page: Page, label: str, key: str) -> None:
    """Press a key on the slider below a label."""
    sliders = page.get_by_role("slider")
    order = ["Tumour width", "Dose", "Immune cells in stroma"]
    sliders.nth(order.index(label)).press(key)


def make_small(page: Page) -> None:
    """A tumour of 1 mm, on day 0."""
    slide(page, "Tumour width", "Home")
    expect(page.get_by_text("Tumour width: 1 mm")).to_be_visible()
    expect(page.locator("svg[aria-label^='section of the tumour, 1.5 mm']")).to_be_visible(
        timeout=PATIENCE_MS
    )
    on_day(page, 0)


def seen(page: Page) -> np.ndarray:
    """The section's pixels on the screen, [row, column, rgb]."""
    shot = page.locator("svg[aria-label^=section]").screenshot()
    return imread(io.BytesIO(shot))[:, :, :3]


def test_a_slider_and_a_step_change_the_picture(page: Page, server: Server, tmp_path: Path) -> None:
    assert server.address.startswith("http://127.0.0.1:")
    make_small(page)
    before, source = seen(page), page.locator(PICTURE).get_attribute("href")
    page.get_by_role("button", name="Step 1 day").click()
    on_day(page, 1)
    after = seen(page)
    assert page.locator(PICTURE).get_attribute("href") != source
    assert 0.005 < np.mean(np.any(before != after, axis=2)) < 0.5, "cells moved, the tumour is still there"
    assert len(np.unique(after.reshape(-1, 3), axis=0)) >= 8, "a colour for each type"
    expect(page.get_by_text("Since the last injection:")).to_be_visible()
    expect(page.get_by_text("not a medical device")).to_be_visible()
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    assert imread(tmp_path / "page.png").std() > 0.1


def test_the_dose_starts_the_same_tumour_again(page: Page) -> None:
    make_small(page)
    before = seen(page)
    page.get_by_role("button", name="Step 1 day").click()
    on_day(page, 1)
    slide(page, "Dose", "Home")
    expect(page.get_by_text("Dose: 0 MIU per mm of width")).to_be_visible()
    on_day(page, 0)
    assert np.array_equal(seen(page), before)
    expect(page.get_by_text("0 MIU on each of days")).to_be_visible()


def test_play_pause_and_reset(page: Page) -> None:
    make_small(page)
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("parseFloat(document.querySelector('h2').innerText.slice(4)) >= 1.5")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.locator("h2")).not_to_contain_text("playing")
    paused = page.locator("h2").inner_text()
    time.sleep(0.5)
    assert page.locator("h2").inner_text() == paused
    page.get_by_role("button", name="Reset").click()
    on_day(page, 0)


def test_a_tab_has_its_own_tumour(page: Page, browser: Browser, server: Server) -> None:
    make_small(page)
    page.get_by_role("button", name="Step 1 day").click()
    on_day(page, 1)
    other = browser.new_page()
    other.goto(server.address)
    expect(other.get_by_text("Tumour width: 2 mm")).to_be_visible(timeout=PATIENCE_MS)
    expect(other.locator("h2")).not_to_contain_text("Day 1")
    other.close()
    on_day(page, 1)


def test_a_page_of_another_site_gets_nothing(server: Server) -> None:
    """The WebSocket of the page, asked for by a script from elsewhere; and the page under another name."""
    place = server.address.removeprefix("http://")
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    socket = ("/jupyter/api/kernels/x/channels", upgrade | key)
    assert _status(place, *socket, {"Origin": "http://example.org"}) == 403
    assert _status(place, "/", {}, {"Host": "example.org"}) == 403
    assert _status(place, "/", {}, {}) == 200


def _status(place: str, path: str, *headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(place, timeout=20)
    connection.request("GET", path, headers=headers[0] | headers[1])
    with contextlib.closing(connection):
        return connection.getresponse().status
