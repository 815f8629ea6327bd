"""From an installed Amends to its first page, in a new home; and what its processes then weigh.

The baselines are the promises: four seconds, 300 MB. Memory is the proportional set size (pages shared by several
processes are counted once) of the whole tree, after posts have been taken in and their deep readings made up, so that
both models are loaded.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2
from tests.house import House, children

STARTS = 3
PROMISED_SECONDS, PROMISED_MB = 4.0, 300.0
FILE = "author,created,text\n" + "\n".join(
    f"user{number},2026-03-02T10:{number % 60:02}:00Z,My suitcase number {number} never came" for number in range(300)
)


def run() -> list[dict[str, Any]]:
    measured = [start() for _ in range(STARTS)]
    seconds = statistics.median(seconds for seconds, _ in measured)
    megabytes = max(megabytes for _, megabytes in measured)
    return [
        entry("startup", seconds, "s", PROMISED_SECONDS),
        entry("startup_memory", megabytes, "MB", PROMISED_MB),
    ]


def start() -> tuple[float, float]:
    """(seconds to the first page, megabytes of all processes) of one first start."""
    with tempfile.TemporaryDirectory(prefix="amends-bench-", ignore_cleanup_errors=True) as folder:
        house = House(Path(folder), "")
        began = time.perf_counter()
        process = house.start("up")
        try:
            house.until(lambda: first_page(house.url))
            seconds = time.perf_counter() - began
            house.until(lambda: set(children(process.pid)) == {"web", "work"})
            watched = Path(folder) / "posts.csv"
            watched.write_text(FILE)
            take_in(house, watched)
            return seconds, sum(map(megabytes, [process.pid, *children(process.pid).values()]))
        finally:
            house.close()


def first_page(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/accounts/login/", timeout=10).status_code == 200
    except httpx2.TransportError:
        return False


def take_in(house: House, file: Path) -> None:
    """Have the running worker read a file, as it reads any network, quickly and then deeply, so that its models are in
    memory."""
    house.run("import", str(file), "--brand", "Warm", "--make-brand")
    watch = (
        "from amends.config.start import begin; begin('bench');"
        "from datetime import UTC, datetime;"
        "from amends.accounts.access import member; from amends.accounts.models import User;"
        "from amends.sources.actions import connect; from amends.sources.models import Source;"
        "from amends.conversations.models import Post;"
        "now = datetime.now(UTC); user = User.objects.get(is_operator=True);"
        f"row = connect(member(user, 'warm'), 'file', 'Watched', {{'path': {str(file)!r}}}, now);"
        "import time;"
        "[time.sleep(0.1) for _ in range(200) if not Source.objects.get(pk=row.pk).cursor];"
        "[time.sleep(0.1) for _ in range(300) if Post.objects.filter(deepen=True).exists()];"
        "assert Post.objects.filter(depth='deep').exists()"
    )
    house.python(watch)


def megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def entry(name: str, value: float, unit: str, baseline: float) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "baseline": baseline,
        "ratio": round(value / baseline, 3),
    }


if __name__ == "__main__":
    print(*run(), sep="\n")
