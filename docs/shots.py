"""Takes the pictures of the documents: `make shots`.

A real desk is started in a temporary home on a free port, the demo day is set going as if the desk had opened a while
ago, and Debian's Chromium looks at it. Only docs/images/ is written to; nothing leaves this machine. Debian's packages
fonts-noto-color-emoji and fonts-droid-fallback let Chromium draw emoji and Japanese as a reader's own machine would.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

Size = tuple[int, int]
Scheme = Literal["light", "dark"]

IMAGES = Path(__file__).parent / "images"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
PATIENCE = 60_000  # ms that anything may take on a busy machine
OPEN_FOR = timedelta(minutes=40)  # how long the desk of the pictures has been open
LARGE, PHONE = (1440, 900), (390, 844)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
COLLEAGUES = {"Tomas Ferreira": "supervisor", "Yuki Mori": "agent"}
SUITCASE = "karim_on_the_road"  # whose case is pictured
NOTE = "@ines the suitcase is in Lisbon, scanned 40 minutes ago. Baggage will put it on MA 410."
ANSWER = (
    "Karim, this is Ines. Your father's suitcase is in Lisbon, I have it on the screen. It flies on MA 410 today, and "
    "a driver brings it to his door tonight. Is there a number where I can reach you?"
)
THANKS = "Thank you for telling us. The crew will read this before their next flight."


def main() -> None:
    """All pictures, into docs/images/."""
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="amends-shots-") as home,
        desk(Path(home)) as (url, link),
        sync_playwright() as playwright,
        ThreadPoolExecutor(1) as aside,  # Django refuses to work in the thread of Playwright's loop
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        first = signed_in(browser, link)
        first.goto(f"{url}/start")
        take(first, "first-run")
        aside.submit(begin_the_day).result()
        take_all(browser, f"{url}/b/meridian-air/", first.context.cookies(), aside)
        browser.close()


@contextmanager
def desk(home: Path) -> Iterator[tuple[str, str]]:
    """`amends up` for as long as the block lasts: its address, and a link that signs Ines in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.environ.update(AMENDS_HOME=str(home), AMENDS_PORT=str(port), DATABASE_URL="", AMENDS_URL="")
    amends("migrate")
    said = amends("user", "add", "ines@meridian-air.example", "--name", "Ines Calder", "--operator")
    process = subprocess.Popen([sys.executable, "-m", "amends", "up"], stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None or not process.stdout.readline():
            raise SystemExit("The desk did not start: it says above why.")
        yield f"http://127.0.0.1:{port}", said.split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def amends(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "amends", *arguments], stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def begin_the_day() -> None:
    """What "Show me a day" does, but a while ago and at the pace of life, so that times read as on a real desk; and
    two colleagues."""
    from amends.config.start import ready_to_use

    ready_to_use("shots")
    from amends.accounts import actions as accounts
    from amends.accounts.models import Role, User
    from amends.channels import demo
    from amends.sources import actions as sources

    now = datetime.now(UTC)
    channel = demo.MANIFEST.name
    settings = {"start": (now - OPEN_FOR).isoformat(timespec="seconds"), "speed": "1"}
    member = accounts.make_brand(User.objects.get(name="Ines Calder"), demo.BRAND, now, demo=True)
    for name, role in COLLEAGUES.items():
        accounts.set_membership(member, f"{name.split()[0].lower()}@meridian-air.example", name, Role(role), None, now)
    sources.set_own_handles(member, [(channel, handle) for handle in demo.HANDLES], now)
    for name, text in demo.QUERIES.items():
        sources.add_query(member, name, text, now)
    sources.connect(member, channel, demo.BRAND, settings, now)


def begin_to_work() -> int:
    """Some cases have an owner, some are answered; the suitcase is noted on and half answered. The id of its case."""
    from amends.accounts.access import member
    from amends.accounts.models import User
    from amends.cases import actions as cases
    from amends.cases.models import Case
    from amends.replies import actions as replies

    now = datetime.now(UTC)
    ines, *colleagues = (member(user, "meridian-air") for user in User.objects.order_by("pk"))
    suitcase = Case.objects.filter(handle__name=SUITCASE).order_by("pk")[0]
    others = Case.objects.exclude(pk=suitcase.pk).order_by("answer_by", "pk")
    for number, case in enumerate(others.filter(state="open", praise=False)[:8]):
        if number % 4:
            cases.assign(ines, case.pk, colleagues[number % 2].user.pk, now)
    for case in others.filter(praise=True)[:6]:
        replies.approve(colleagues[0], case.pk, THANKS, None, now)
    cases.assign(ines, suitcase.pk, ines.user.pk, now)
    cases.add_note(colleagues[1], suitcase.pk, NOTE, now)
    replies.save_draft(ines, suitcase.pk, ANSWER, None, now)
    return suitcase.pk


def take_all(browser: Browser, base: str, cookies: list[Any], aside: Executor) -> None:
    def page(size: Size, scheme: Scheme, path: str = "") -> Page:
        opened = view(browser, size, scheme)
        opened.context.add_cookies(cookies)
        opened.goto(base + path)
        return opened

    settle(page(LARGE, "light"))
    case = f"cases/{aside.submit(begin_to_work).result()}/"
    settle(page(LARGE, "light"))
    for scheme in SCHEMES:
        take(page(LARGE, scheme, case), f"desk-1440-{scheme}")
        take(page(PHONE, scheme), f"queue-390-{scheme}")
        take(page(PHONE, scheme, case), f"case-390-{scheme}")
    take(page(LARGE, "light", "search?q=suitcase+OR+luggage"), "search")
    take(page(LARGE, "light", "settings/listening"), "listening")


def signed_in(browser: Browser, link: str) -> Page:
    page = view(browser, LARGE, "light")
    page.goto(link)
    page.locator("main button").first.click()
    return page


def view(browser: Browser, size: Size, scheme: Scheme) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce", locale="en-GB"
    )
    context.set_default_timeout(PATIENCE)
    return context.new_page()


def settle(page: Page) -> None:
    """Until the counts of the rail have not changed for three seconds."""
    before = ""
    while not (now := page.locator("nav ul").first.inner_text()).strip("Quer") or now != before:
        before = now
        page.wait_for_timeout(3000)
        page.reload()


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("load")
    page.wait_for_timeout(500)
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    sys.stdout.write(f"{path.name}  {path.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    main()
