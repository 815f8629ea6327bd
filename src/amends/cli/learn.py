"""`amends train` and `amends evaluate`: the models and their figures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click

Folder = click.Path(exists=True, file_okay=False, path_type=Path)
SECONDS = 10  # between two words on how far a training is


@click.group(invoke_without_command=True)
@click.option("--from-desk", is_flag=True, help="Have brands learn from what their people corrected at the desk.")
@click.option("--brand", metavar="SLUG", help="With --from-desk: this one alone.")
@click.pass_context
def train(context: click.Context, from_desk: bool, brand: str | None) -> None:
    """Train a model on labelled data, or a brand's own heads on its corrections."""
    if context.invoked_subcommand is not None:
        if from_desk or brand:
            raise click.UsageError("--from-desk stands alone: leave out the command after it.")
        return
    if not from_desk:
        raise click.UsageError("Say what to train: 'amends train triage', or 'amends train --from-desk'.")
    learn_at_desk(brand)


def learn_at_desk(slug: str | None) -> None:
    """A line a head: corrections, how much is right before and after, the interval, what becomes of it."""
    from amends.config.start import ready_to_use

    ready_to_use("train")
    from django.utils import timezone

    from amends.accounts.models import Brand
    from amends.teaching.learn import learn

    brands = Brand.objects.order_by("slug")
    if slug and not (brands := brands.filter(slug=slug)):
        known = ", ".join(Brand.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        raise click.ClickException(f"There is no brand '{slug}'. Name one of these: {known}.")
    for brand in brands:
        heads = learn(brand.pk, timezone.now())
        click.echo(f"{brand.slug}: {'nothing was corrected yet' if not heads else ''}".rstrip(" "))
        for head in heads:
            click.echo(f"  {head.name:<16}{head.corrections:>6} corrections  {figures(head.measured)}  {head.state}")


def figures(measured: dict[str, float] | None) -> str:
    """Of what was measured: before, after, and the gain between its bounds, in parts of 100."""
    if measured is None:
        return "too few to measure"
    before, after, low, high = (100 * measured[key] for key in ("shipped_right", "right", "low", "high"))
    return f"{before:.1f} -> {after:.1f} right of 100 ({low:+.1f} to {high:+.1f})"


@train.command()
@click.option("--data", type=Folder, required=True, help="The folder with the labelled sets.")
@click.option("--base", type=Folder, required=True, help="The folder with all-MiniLM-L6-v2.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where to write the model."
)
@click.option("--epochs", type=float, default=2.5, show_default=True, help="How often to go through all texts.")
@click.option("--minutes", type=float, default=0.0, help="Stop after so long; the same command goes on from there.")
@click.option("--install", is_flag=True, help="Put what was trained in the place of the models in use.")
def triage(data: Path, base: Path, out: Path, epochs: float, minutes: float, install: bool) -> None:
    """Train the models, deep and fast: some 20 minutes an epoch and 15 more, on two cores. What was stopped goes on
    from its checkpoint."""
    from amends.triage.corpora import MissingData
    from amends.triage.training.plan import Plan

    try:
        from amends.triage.training import run
    except ImportError as error:
        told = f"{error.name} is missing. Training needs more than the desk does: pip install 'amends[train]'."
        raise click.ClickException(told) from None
    plan = Plan(epochs=epochs, seconds=minutes * 60)
    try:
        whole = run.train_triage(data, base, out, plan, said_now_and_then())
    except (MissingData, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from None
    if not whole:
        click.echo("Stopped on time. The same command goes on from here.")
        return
    if install:
        run.install(out)
    click.echo(f"The models are in {out}{' and in use' if install else ''}. Measure them: amends evaluate triage")


def said_now_and_then() -> Callable[[float, str], None]:
    """Tells how far the work is, a line every ten seconds at most: they are read in a file as well as on a terminal."""
    last = 0.0

    def say(done: float, doing: str) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= SECONDS:
            last = now
            click.echo(f"{done:4.0%}  {doing}", err=True)

    return say


@click.command()
@click.argument("name", type=click.Choice(["triage"]))
@click.option("--data", type=Folder, help="The folder with the labelled sets; --only labels needs none.")
@click.option("--only", default="", help="One task: tweeteval, umsab, airline, complaints, ... (default: all).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the figures in this file, with date and versions.",
)
def evaluate(name: str, data: Path | None, only: str, as_json: bool, out: Path | None) -> None:  # noqa: ARG001 - there is one
    """Measure a model on data it has not seen: NAME is triage. Some minutes."""
    from datetime import UTC, datetime

    import msgspec

    from amends.triage import measured
    from amends.triage.corpora import MissingData
    from amends.triage.evaluate import evaluate as measure

    if data is None and only != "labels":
        raise click.UsageError("Say with --data where the labelled sets are; only --only labels needs none.")
    try:
        figures = measure(data or Path(), only)
    except MissingData as error:
        raise click.ClickException(str(error)) from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if out:
        measured.keep(figures, datetime.now(UTC).date().isoformat(), out)
    if as_json:
        click.echo(msgspec.json.encode(figures).decode())
        return
    width = max(map(len, figures), default=0)
    for figure, value in figures.items():
        click.echo(f"{figure:<{width}}  {value:.4f}")
