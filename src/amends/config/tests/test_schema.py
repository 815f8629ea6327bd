from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from amends.config import schema

pytestmark = pytest.mark.django_db


def test_the_tables_are_this_versions():
    assert schema.newer() == []
    assert schema.pending() == []
    schema.require()


def test_a_newer_versions_tables_are_refused_and_left_alone():
    MigrationRecorder(connection).record_applied("cases", "0099_later")
    assert schema.newer() == ["cases.0099_later"]
    for action in (schema.refuse_newer, schema.require, schema.migrate):
        with pytest.raises(schema.WrongSchema, match=r"newer version of Amends \(it has cases.0099_later"):
            action()


def test_missing_migrations_are_named_with_what_to_do():
    last = schema.MigrationLoader(connection).graph.leaf_nodes("replies")[0]
    MigrationRecorder(connection).record_unapplied(*last)
    assert schema.pending() == [".".join(last)]
    with pytest.raises(schema.WrongSchema, match="Run `amends migrate`"):
        schema.require()


def test_migrating_twice_does_nothing_the_second_time():
    assert schema.migrate() == 0
