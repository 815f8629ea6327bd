"""The full-text index: FTS5 on SQLite, a GIN-indexed tsvector on PostgreSQL, both over the tokens of `listening`."""

from django.db import migrations

SQLITE = [
    "CREATE VIRTUAL TABLE conversations_search USING fts5(brand, body, tokenize=\"ascii tokenchars '@#._-'\")"
]
POSTGRES = [
    "CREATE TABLE conversations_search (post_id bigint PRIMARY KEY, brand_id bigint NOT NULL, body tsvector NOT NULL)",
    "CREATE INDEX conversations_search_body ON conversations_search USING gin (body)",
]


def make(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE conversations_search")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
