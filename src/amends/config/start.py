"""What every process does before its own work: settings, logs, Django; and what the first start says."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from amends.config.conf import Conf


def begin(process: str) -> Conf:
    """Read the settings, set up logs and Django. `process` names the log file. Raises `WrongSetting`.

    Whatever the process writes from then on, its owner alone may read: the database holds what customers wrote.
    """
    os.umask(0o077)
    os.environ["DJANGO_SETTINGS_MODULE"] = "amends.config.settings"
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's: each more holds memory, and they seldom help
    from amends.config import logs, running
    from amends.config.settings import CONF

    running.share(CONF.home)
    logs.configure(CONF, process)
    import django

    django.setup()
    return CONF


def ready_to_use(process: str) -> Conf:
    """`begin`, and a database that is this version's. Raises `WrongSetting` and `WrongSchema`."""
    conf = begin(process)
    from amends.config import schema

    schema.require()
    return conf


def greeting(conf: Conf, *, link: bool) -> str:
    """The one line that `amends up` prints: the address, and a sign-in link if asked for or still needed."""
    if not link and somebody_signed_in():
        return f"Amends is at {conf.url}"
    return f"Amends is at {conf.url} - sign in, once and within 15 minutes: {operator_link(conf)}"


def somebody_signed_in() -> bool:
    """Whether an operator has ever signed in."""
    from amends.accounts.models import User

    return User.objects.filter(is_operator=True).exclude(last_login=None).exists()


def operator_link(conf: Conf) -> str:
    """A link that signs an operator in once. The first start makes the operator."""
    from amends.accounts.actions import make_link, make_user
    from amends.accounts.models import User

    operator = User.objects.filter(is_operator=True, is_active=True).order_by("pk").first()
    if operator is None:
        operator = make_user("operator@localhost", "Operator", operator=True)
    return link_address(conf, make_link(operator, datetime.now(UTC)))


def link_address(conf: Conf, token: str) -> str:

    from django.urls import reverse

    return conf.url + str(reverse("sign-in", args=[token]))
