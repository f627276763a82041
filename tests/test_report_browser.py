"""The report in a real Chromium, opened from disk as a person does: on a screen and on paper."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from il2sim.experiments.report.summary import build_report
from tests.results_case import DOSES, make

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SCREEN = {"width": 1280, "height": 900}
PAPER = {"width": 688, "height": 1017}  # A4 less its margins of 14 mm, at 96 dots per inch
SHORTEST_LINE, LONGEST_LINE = 45, 130  # letters that can be read without losing the line


@dataclass
class Seen:
    """An open page, what it asked for and what it complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a sweep of three doses and two widths."""
    return build_report(make(tmp_path_factory.mktemp("results"), DOSES).folder)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def seen(browser: Browser, report: Path) -> Iterator[Seen]:
    """The report from a file; at the end nothing but the file was asked for and nothing complained."""
    page = browser.new_page(viewport=SCREEN)
    found = Seen(page)
    page.on("request", lambda request: found.requests.append(request.url))
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on("console", lambda message: found.errors.append(message.text) if message.type == "error" else None)
    page.goto(report.as_uri())
    yield found
    page.close()
    assert found.errors == []
    assert [url for url in found.requests if not url.startswith("data:")] == [report.as_uri()]


def test_every_picture_loads_and_fits(seen: Seen) -> None:
    pictures = seen.page.evaluate(
        "[...document.images].map(i => [i.complete, i.naturalWidth, i.getBoundingClientRect().width, i.alt])"
    )
    assert len(pictures) == 8
    for complete, natural, shown, alt in pictures:
        assert complete
        assert natural == 1600, "drawn at page width"
        assert 900 < shown < 1000, "shown at page width"
        assert alt


def test_the_page_is_as_wide_as_the_screen_and_lines_can_be_read(seen: Seen) -> None:
    assert seen.page.evaluate("document.documentElement.scrollWidth") == SCREEN["width"]
    letters = seen.page.evaluate(
        """() => {
          const p = document.querySelector('.answer p');
          const c = document.createElement('canvas').getContext('2d');
          c.font = getComputedStyle(p).font;
          const letter = c.measureText(p.textContent).width / p.textContent.length;
          return p.getBoundingClientRect().width / letter;
        }"""
    )
    assert SHORTEST_LINE < letters < LONGEST_LINE


def test_the_answer_how_sure_and_what_would_change_it_stand_on_the_first_sheet(seen: Seen) -> None:
    page = seen.page
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
    ends = page.evaluate(
        """Object.fromEntries([...document.querySelectorAll('h2')].map(
             h => [h.textContent, h.getBoundingClientRect().top]))"""
    )
    order = ["The answer", "How sure", "What would change the answer", "What was assumed"]
    assert [ends[name] for name in order] == sorted(ends[name] for name in order)
    assert ends["What was assumed"] < 1.05 * PAPER["height"], "a line or two may run over"
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")
    assert 3 <= paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page/") <= 20


def test_folded_parts_open(seen: Seen) -> None:
    summary = seen.page.get_by_text("assumed numbers")
    row = seen.page.get_by_role("cell", name="cd8.antigen_memory").first
    assert not row.is_visible()
    summary.click()
    assert row.is_visible()
