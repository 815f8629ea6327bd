"""`amends user add`, `link` and `list`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from amends.accounts.models import User


@click.group()
def user() -> None:
    """Add people, and let them in."""


@user.command()
@click.argument("email")
@click.option("--name", default="", help="As colleagues see it.")
@click.option("--operator", is_flag=True, help="May make brands.")
@click.option("--brand", metavar="SLUG", help="Works for this brand.")
@click.option("--role", type=click.Choice(["agent", "supervisor", "admin"]), help="At the brand. Default: agent.")
def add(email: str, name: str, operator: bool, brand: str | None, role: str | None) -> None:
    """Add a person, or give one who is there another role, and print a link that signs them in once."""
    from amends.config.start import link_address, ready_to_use

    if role and not brand:
        raise click.UsageError("--role is a role at a brand: name it with --brand SLUG.")
    conf = ready_to_use("user")
    from amends.accounts.actions import Refused, make_user
    from amends.accounts.models import User

    if "@" not in email:
        raise click.ClickException(f"'{email}' is not an e-mail address.")
    person = User.objects.filter(email=email.strip().lower()).first()
    if person and not brand:
        raise click.ClickException(f"{person.email} is there already. `amends user link {person.email}` lets them in.")
    try:
        if brand:
            employ(email, name, brand, role or "agent")
        elif not person:
            make_user(email, name, operator=operator)
    except Refused as error:
        raise click.ClickException(str(error)) from None
    person = User.objects.get(email=email.strip().lower())
    if operator and not person.is_operator:
        promote(person)
    click.echo(f"{person.email} signs in once, within 15 minutes, with {link_address(conf, link_for(person))}")


def employ(email: str, name: str, slug: str, role: str) -> None:
    """A membership, on behalf of the brand's first admin: whoever runs this command owns the machine."""
    from amends.accounts.access import member
    from amends.accounts.actions import set_membership
    from amends.accounts.models import Brand, Membership, Role

    first = Membership.objects.select_related("user").filter(brand__slug=slug, role=Role.ADMIN).order_by("pk").first()
    if first is None:
        there = ", ".join(Brand.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        raise click.ClickException(f"There is no brand '{slug}'. Brands: {there}.")
    set_membership(member(first.user, slug), email, name, role, None, datetime.now(UTC))


@user.command()
@click.argument("email")
@click.option("--minutes", default=15, type=click.IntRange(1, 1440), show_default=True)
def link(email: str, minutes: int) -> None:
    """Print a link that signs a person in once."""
    from amends.config.start import link_address, ready_to_use

    conf = ready_to_use("user")
    from amends.accounts.models import User

    person = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        raise click.ClickException(f"Nobody here has the address {email}. `amends user list` shows who has.")
    click.echo(link_address(conf, link_for(person, minutes)))


@user.command("list")
def everybody() -> None:
    """Show who can sign in, and where they work."""
    from amends.config.start import ready_to_use

    ready_to_use("user")
    from amends.accounts.models import User

    for person in User.objects.prefetch_related("memberships__brand").order_by("email"):
        work = ", ".join(f"{row.brand.slug} ({row.role})" for row in person.memberships.all())
        marks = [*(["operator"] if person.is_operator else []), *([] if person.is_active else ["inactive"])]
        click.echo("  ".join(filter(None, [person.email, person.name, ", ".join(marks), work])))


def link_for(person: User, minutes: int = 15) -> str:
    from amends.accounts.actions import make_link

    return make_link(person, datetime.now(UTC), minutes)


def promote(person: User) -> None:
    from amends.accounts.audit import record
    from amends.events.transaction import write

    with write() as tx:
        person.is_operator = True
        person.save(update_fields=["is_operator"])
        record(tx, None, "promote", "user", person.pk)
