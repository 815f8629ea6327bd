"""`amends up`, `web`, `work`, `listen` and `migrate`."""

from __future__ import annotations

import asyncio
import os

import click

from amends.config.lifeline import follow


@click.command()
@click.option("--host", help="Listen on this host instead of AMENDS_HOST.")
@click.option("--port", help="Listen on this port instead of AMENDS_PORT.")
@click.option("--link", is_flag=True, help="Print a sign-in link even when an operator has signed in before.")
def up(host: str | None, port: str | None, link: bool) -> int:
    """Start everything: bring the tables up to date, serve the desk, listen, work and deliver.

    Prints the address and, until an operator has signed in, a link that signs the operator in once. Ctrl-C ends it.
    """
    from amends.config.supervisor import Child, Supervisor

    for name, value in (("AMENDS_HOST", host), ("AMENDS_PORT", port)):
        if value:
            os.environ[name] = value
    web = Child("web", ["web"], first=["--migrate", "--announce", *(["--link"] if link else [])])
    work = Child("work", ["work", "--listen"])
    supervisor = Supervisor([web, work], say=lambda line: click.echo(line, err=True))
    return asyncio.run(supervisor.run())


@click.command()
@click.option("--migrate", "first_migrate", is_flag=True, hidden=True)
@click.option("--announce", is_flag=True, hidden=True)
@click.option("--link", is_flag=True, hidden=True)
def web(first_migrate: bool, announce: bool, link: bool) -> None:
    """Serve the desk on the one port. Any number of these may run on one PostgreSQL."""
    # The hidden options are the supervisor's: at its first start this process also migrates and says where it is.
    ready = follow()
    from amends.config import schema
    from amends.config.start import begin, greeting
    from amends.config.web import door, serve

    conf = begin("web")
    listening = door(conf)
    schema.migrate() if first_migrate else schema.require()
    line = greeting(conf, link=link) if announce else ""

    def started() -> None:
        if line:
            click.echo(line)
        ready()

    serve(listening, started)


@click.command()
@click.option("--listen", "also_listen", is_flag=True, help="Listen to the networks as well.")
def work(also_listen: bool) -> None:
    """Deliver replies, keep the clocks, and tidy up. Any number of these may run on one PostgreSQL."""
    _loops("work", listen=also_listen, work=True)


@click.command()
def listen() -> None:
    """Listen to the networks: each connected account is heard by one listener at a time."""
    _loops("listen", listen=True, work=False)


@click.command()
def migrate() -> None:
    """Bring the tables up to date, for those who start `web`, `work` and `listen` one by one."""
    from amends.config import schema
    from amends.config.start import begin

    begin("migrate")
    count = schema.migrate()
    click.echo(f"{count} migrations applied." if count else "The tables are up to date.")


def _loops(process: str, *, listen: bool, work: bool) -> None:
    ready = follow()
    from amends.config.start import ready_to_use

    ready_to_use(process)
    from amends.config.work import loops, run

    asyncio.run(run(loops(listen=listen, work=work), ready))
