"""`amends import`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from amends.channels.base import BadData, Kind
from amends.channels.file import Choices, Reader, Rejections
from amends.channels.file.columns import NAMES

if TYPE_CHECKING:
    from amends.intake.pipeline import Outcome
    from amends.sources.models import Source

Command = Callable[..., Any]


def columns(command: Command) -> Command:
    """An option a field, to name its column. Two fields share their name with what is said of the whole file."""
    for field in reversed(NAMES):
        option = f"--{field.replace('_', '-')}" + ("-column" if field in ("network", "kind") else "")
        help_ = "Column of the text. It is found by its name, as all are." if field == "text" else None
        command = click.option(option, f"column_{field}", metavar="COLUMN", help=help_)(command)
    return command


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--brand", required=True, metavar="NAME", help="Whose posts these are: the brand's name or slug.")
@click.option("--make-brand", is_flag=True, help="Make the brand if there is none of that name.")
@columns
@click.option("--network", default="file", show_default=True, help="Where the posts are from.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in Kind]),
    default=Kind.POST.value,
    show_default=True,
    help="What they are.",
)
@click.option("--encoding", default="", help="Where it is not UTF-8, e.g. cp1252.")
@click.option("--delimiter", default="", help="Between cells; found by looking when left out.")
@click.option("--timezone", default="UTC", show_default=True, help="Of times that name none, e.g. Europe/Paris.")
@click.option("--date-format", default="", help="dmy, mdy, ymd, or a pattern such as '%d.%m.%Y %H:%M'.")
@click.option("--stars-of", type=float, default=5.0, show_default=True, help="The most stars or points there are.")
@click.option("--only-matching", is_flag=True, help="Keep only what the brand's queries match.")
@click.option("--keep-entities", is_flag=True, help="Leave &amp;, &lt; and &gt; as they are.")
@click.option("--start-clocks/--no-clocks", "clocks", help="Whether response clocks start. Default: they do not.")
def bring(file: Path, brand: str, make_brand: bool, clocks: bool, **given: Any) -> int:
    """Take in the posts of FILE, CSV or JSONL, gzipped or not. Importing it again changes nothing.

    Rows that can't be read go to FILE.rejected.csv or .jsonl with the line and the reason. Exit status: 0, or 1 when
    nothing could be read, or 130 when interrupted.
    """
    from amends.config.start import ready_to_use

    ready_to_use("import")
    from amends.config import importing

    now = datetime.now(UTC)
    try:
        with _reader(file, given) as reader, Rejections(file, reader.form, reader.header) as rejections:
            whose = importing.brand(brand, now, make=make_brand)
            outcome = _with_bar(reader, importing.source(whose, file, now), rejections, clocks)
    except (BadData, importing.UnknownBrand) as error:
        raise click.ClickException(str(error)) from None
    _tell(outcome, reader, rejections)
    return 1 if rejections.count and not outcome.heard else 0


def _reader(file: Path, given: dict[str, Any]) -> Reader:
    chosen = {field: column for field in NAMES if (column := given[f"column_{field}"]) is not None}
    choices = Choices(
        network=given["network"],
        kind=Kind(given["kind"]),
        zone=given["timezone"],
        date_format=given["date_format"],
        stars_of=given["stars_of"],
        only_matching=given["only_matching"],
        keep_entities=given["keep_entities"],
    )
    return Reader(file, choices, chosen, encoding=given["encoding"], delimiter=given["delimiter"])


def _with_bar(reader: Reader, into: Source, rejections: Rejections, clocks: bool) -> Outcome:
    """Import with a progress bar by bytes, on a terminal."""
    from amends.config import importing

    def rows(new: int | None) -> str:
        return f"{reader.rows:,} rows, {new or 0:,} new"

    look = click.progressbar(
        length=reader.size,
        label=reader.path.name,
        item_show_func=rows,
        hidden=not sys.stderr.isatty(),
        file=sys.stderr,
    )
    with look as bar, _politely() as asked_to_stop:

        def progress(so_far: Outcome) -> None:
            bar.update(reader.done - bar.pos, so_far.new)
            if asked_to_stop.is_set():
                raise KeyboardInterrupt

        try:
            return importing.bring(reader, into, rejections, clocks=clocks, progress=progress)
        except KeyboardInterrupt:
            bar.render_finish()
            click.echo(f"After {reader.rows:,} rows. Import it again: what is here already is not doubled.", err=True)
            raise


@contextmanager
def _politely() -> Iterator[Event]:
    """Ctrl-C ends the import after the batch in hand, since a database in the middle of one may answer with anything. A
    second one ends it at once."""
    asked = Event()

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as signals call
        signal.signal(signal.SIGINT, signal.default_int_handler)
        asked.set()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _tell(outcome: Outcome, reader: Reader, rejections: Rejections) -> None:
    beside = outcome.heard - outcome.kept
    known = reader.rows - rejections.count - beside - outcome.new
    click.echo(
        f"{reader.rows:,} rows: {outcome.new:,} accepted, {known:,} known already, "
        + (f"{beside:,} not about the brand, " if beside else "")
        + f"{rejections.count:,} rejected."
    )
    if rejections.count:
        click.echo(f"The rejected rows, with line and reason: {rejections.path}", err=True)
    for note, count in reader.notes.items():
        click.echo(f"{count:,} {note}", err=True)
    if reader.ended_early:
        click.echo(reader.ended_early, err=True)
    sys.stdout.flush()
