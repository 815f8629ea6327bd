"""`amends train` and `amends evaluate`: the models and their figures."""

from __future__ import annotations

from pathlib import Path

import click

Folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def train() -> None:
    """Train a model on labelled data."""


@train.command()
@click.option("--data", type=Folder, required=True, help="The folder with the labelled sets.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where to write the model.")
def sentiment(data: Path, out: Path | None) -> None:
    """Train the sentiment model, some two minutes. Writes over the one in use unless --out names another folder."""
    from rich.progress import Progress

    from amends.triage.corpora import MissingData
    from amends.triage.sentiment import HERE
    from amends.triage.train import train_sentiment

    with Progress(transient=True) as bar:
        task = bar.add_task("reading", total=1.0)
        try:
            learnt = train_sentiment(
                data, out or HERE, lambda done, doing: bar.update(task, completed=done, description=doing)
            )
        except MissingData as error:
            raise click.ClickException(str(error)) from None
    for name, value in learnt.items():
        click.echo(f"{name}: {value}")


@train.command()
@click.option("--data", type=Folder, required=True, help="The folder with the labelled sets.")
@click.option("--base", type=Folder, required=True, help="The folder with all-MiniLM-L6-v2.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where to write the model."
)
@click.option("--epochs", type=float, default=2.5, show_default=True, help="How often to go through all texts.")
@click.option("--minutes", type=float, default=0.0, help="Stop after so long; the same command goes on from there.")
def triage(data: Path, base: Path, out: Path, epochs: float, minutes: float) -> None:
    """Train the deep model: some 13 minutes an epoch on two cores. What was stopped goes on from its checkpoint."""
    from rich.progress import Progress

    from amends.triage.corpora import MissingData
    from amends.triage.training.plan import Plan

    try:
        from amends.triage.training.run import train_triage
    except ImportError as error:
        told = f"{error.name} is missing. Training needs more than the desk does: pip install 'amends[train]'."
        raise click.ClickException(told) from None
    plan = Plan(epochs=epochs, seconds=minutes * 60)
    with Progress(transient=True) as bar:
        task = bar.add_task("reading", total=1.0)
        try:
            heads = train_triage(
                data, base, out, plan, lambda done, doing: bar.update(task, completed=done, description=doing)
            )
        except (MissingData, FileNotFoundError) as error:
            raise click.ClickException(str(error)) from None
    for head in heads:
        click.echo(f"{head.name}: {', '.join(head.labels)}; temperature {head.temperature:.2f}")


@click.command()
@click.argument("name")
@click.option("--data", type=Folder, required=True, help="The folder with the labelled sets.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(name: str, data: Path, as_json: bool) -> None:
    """Measure a model on data it has not seen: NAME is sentiment, language or labels."""
    import msgspec

    from amends.triage.corpora import MissingData
    from amends.triage.evaluate import evaluate as measure

    try:
        figures = measure(name, data)
    except (MissingData, ValueError) as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(msgspec.json.encode(figures).decode())
        return
    width = max(map(len, figures), default=0)
    for figure, value in figures.items():
        click.echo(f"{figure:<{width}}  {value:.4f}")
