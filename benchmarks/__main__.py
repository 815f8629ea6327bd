"""`python -m benchmarks [NAME ...]`: run them all, or those named; print a table and write build/bench.json.

A benchmark is a module here with `run() -> list[dict]`; each dict has name, value, unit, baseline and ratio (value
divided by baseline).
"""

from __future__ import annotations

import json
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
RESULT = HERE.parent / "build" / "bench.json"
FIELDS = ("name", "value", "unit", "baseline", "ratio")


def modules(wanted: list[str]) -> dict[str, Any]:
    """The benchmarks by name, in alphabetical order."""
    named = {path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_")}
    if strange := set(wanted) - named:
        sys.exit(f"There is no benchmark {', '.join(sorted(strange))}. There are: {', '.join(sorted(named))}.")
    loaded = {name: import_module(f"benchmarks.{name}") for name in sorted(set(wanted) or named)}
    return {name: module for name, module in loaded.items() if hasattr(module, "run")}


def table(results: list[dict[str, Any]]) -> Table:
    made = Table(*FIELDS)
    for one in results:
        made.add_row(*(f"{one[field]:,.4g}" if isinstance(one[field], float) else str(one[field]) for field in FIELDS))
    return made


def main() -> int:
    console = Console()
    results: list[dict[str, Any]] = []
    failed: list[str] = []
    for name, module in modules(sys.argv[1:]).items():
        console.print(f"[dim]{name} ...[/dim]")
        try:
            results += [{field: one.get(field) for field in FIELDS} for one in module.run()]
        except Exception:  # noqa: BLE001 - one that fails must not take the others' results with it
            traceback.print_exc()
            failed.append(name)
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(results, indent=2) + "\n")
    console.print(table(results))
    if failed:
        console.print(f"[red]Failed: {', '.join(failed)}[/red]")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
