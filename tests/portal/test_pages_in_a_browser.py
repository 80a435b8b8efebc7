"""The pages in a real browser: WCAG 2.2 AA by axe-core, reflow at 320 pixels, the keyboard, and no JavaScript."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright

from models.facts import note_sweep
from models.session import unit_of_work
from tests.portal.conftest import Site
from tests.town import NOW, OWNER, TEACHING

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize(
        "database", ["sqlite"], indirect=True
    ),  # what a page looks like is the same on both
]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MANY = {
    "BLOCK": ["contract end", "notice must be served by"],
    "FW": ["contract end"],
    "APL": ["contract end"],
}


# Of the module, not the session: while it is open, nothing else in this process can run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium, without a window."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no Chromium on this machine")
        pytest.skip("needs Chromium: on Debian, apt-get install chromium")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window in which every request to another host, and every complaint of the browser, fails the test."""
    context = browser.new_context()
    made, complaints = context.new_page(), []
    made.on(
        "request",
        lambda request: (
            complaints.append(request.url)
            if "127.0.0.1" not in request.url and not request.url.startswith("data:")
            else None
        ),
    )
    made.on(
        "console",
        lambda message: (
            complaints.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    yield made
    context.close()
    assert not complaints


def asked(site: Site, page: Page) -> None:
    page.goto(site.link())


def asked_of_many(site: Site, page: Page) -> None:
    page.goto(site.tell(TEACHING, MANY))


def mistaken(site: Site, page: Page) -> None:
    page.goto(site.tell(TEACHING, MANY))
    page.get_by_label("Remind me later").check()
    page.get_by_role("button").click()


def answered(site: Site, page: Page) -> None:
    page.goto(site.link())
    page.get_by_label("It is done").check()
    page.get_by_label("What was done").fill("Notice served")
    page.get_by_role("button").click()


def broken(site: Site, page: Page) -> None:
    page.goto(site.link() + "x")


def nowhere(site: Site, page: Page) -> None:
    page.goto(f"{site.settings.portal_url}/nothing")


def start(site: Site, page: Page) -> None:
    page.goto(site.settings.portal_url)


def late(site: Site, page: Page) -> None:
    with unit_of_work(site.database) as session:
        note_sweep(session, NOW - timedelta(days=3))
    page.goto(site.link())


STATES = (asked, asked_of_many, mistaken, answered, broken, nowhere, start, late)
HEADINGS: dict[Callable[[Site, Page], None], str] = {
    asked: "A contract date needs you", asked_of_many: "4 contract dates need you",
    mistaken: "4 contract dates need you", answered: "A contract date needs you",
    broken: "This link cannot be used", nowhere: "Page not found", start: "Answer an alert",
    late: "A contract date needs you",
}  # fmt: skip


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_every_page_keeps_to_wcag_2_2_aa_and_fits_a_narrow_window(
    site: Site, page: Page, state: Callable[[Site, Page], None]
) -> None:
    state(site, page)
    assert page.locator("h1").inner_text() == HEADINGS[state]
    for action in [None, *page.locator('input[name="action"]').all()]:
        if action:
            action.check()  # each answer shows its own fields
        page.set_viewport_size({"width": 320, "height": 900})
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 320
        page.set_viewport_size({"width": 1280, "height": 900})
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
        assert not found.violations_count, found.generate_report()


def test_axe_would_find_a_fault(site: Site, page: Page) -> None:
    asked(site, page)
    page.evaluate("document.querySelectorAll('label').forEach(label => label.remove())")
    assert Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}}).violations_count


def test_an_answer_needs_no_javascript_and_no_mouse(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.link())
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        seen.append(focused.get_attribute("id") or focused.inner_text().strip())
        if seen[-1] == "action":
            page.keyboard.press("Space")
        if seen[-1] in ("taken-day", "taken-month", "taken-year"):
            page.keyboard.type({"taken-day": "9", "taken-month": "may", "taken-year": "2022"}[seen[-1]])
        if seen[-1] == "Send the answer":
            break
    assert seen == [
        "Skip to main content", "Recommission", "action", "taken-day", "taken-month", "taken-year", "Send the answer",
    ]  # fmt: skip
    page.keyboard.press("Enter")
    page.wait_for_selector("#answered")
    assert f"Answered by {OWNER}" in page.locator("#answered").inner_text()
    context.close()


def test_the_error_at_the_top_leads_to_the_field_that_is_wrong(site: Site, page: Page) -> None:
    mistaken(site, page)
    assert page.title().startswith("Error: ")
    page.get_by_role("link", name="Enter a date").click()
    assert page.locator(":focus").get_attribute("id") == "snoozed-day"
    assert page.get_by_label("Remind me later").is_checked()
