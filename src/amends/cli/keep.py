"""`amends doctor`, `backup`, `restore` and `rotate-keys`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

SIGNS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of findings.")
def doctor(as_json: bool) -> int:
    """Check the settings, keys, disk, database, migrations, channels and outbox, and say what to do."""
    from amends.config.doctor import examine
    from amends.config.start import begin

    begin("doctor")
    findings = list(examine(datetime.now(UTC)))
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(findings)).decode())
    else:
        for finding in findings:
            sign, colour = SIGNS[finding.level]
            click.echo(f"{click.style(sign, fg=colour)} {finding.name}: {finding.text}")
            if finding.do:
                click.echo(f"    {finding.do}")
    return 1 if any(finding.level == "fail" for finding in findings) else 0


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--verify/--no-verify", default=True, help="Restore the backup into a temporary folder and check it.")
def backup(file: Path, verify: bool) -> None:
    """Write the database, the keys and amends.toml to FILE (.tar.gz), while Amends runs. Keep it safe: it opens all."""
    from amends.config import backup as taking
    from amends.config import restore as bringing
    from amends.config.start import begin

    conf = begin("backup")
    manifest = taking.make(conf, file.absolute(), datetime.now(UTC))
    size = sum(part.size for part in manifest.parts.values())
    click.echo(
        f"{file}: {len(manifest.parts)} files of {size / 1e6:,.1f} MB, packed {file.stat().st_size / 1e6:,.1f} MB."
    )
    if missing := taking.missing_keys(manifest):
        click.echo(f"Not in it, since they come from your settings: {', '.join(missing)}. Back them up too.", err=True)
    if not verify:
        return
    opened = bringing.verify(file.absolute(), conf.credential_keys)
    proof = "the checksums and the dump's presence" if manifest.database != "sqlite" else "the restored database"
    click.echo(f"Verified: {proof}" + (f", and the credentials of {opened} accounts." if opened else "."))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Move aside what AMENDS_HOME has.")
def restore(file: Path, force: bool) -> None:
    """Put the backup FILE into AMENDS_HOME, after checking it. Amends must not be running."""
    from amends.config import restore as bringing
    from amends.config.conf import load

    conf = load(make_keys=False)
    aside = bringing.restore(conf, file.absolute(), datetime.now(UTC), force=force)
    if aside:
        click.echo(f"What was there is now in {aside}.")
    click.echo(f"Restored into {conf.home}. Start with `amends up`.")


@click.command("rotate-keys")
def rotate_keys() -> None:
    """Encrypt the credentials of all accounts with a new key. Amends may run meanwhile."""
    from amends.config.rotate import rotate
    from amends.config.start import begin

    conf = begin("rotate-keys")
    done = rotate(conf)
    click.echo(f"The credentials of {done} accounts are encrypted with the new key.")
    if conf.keys_file is None:
        click.echo("Only the first key of AMENDS_CREDENTIAL_KEYS is needed from now on.")
    click.echo("Take a new backup: older ones hold the old key.")
