from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from amends.config.conf import WrongSetting, load, names, unknown, variable

ROOT = Path(__file__).parents[4]


def given(home: Path, **environ: str):
    return load({"AMENDS_HOME": str(home), **environ})


def test_nothing_given_is_a_whole_house(tmp_path):
    conf = given(tmp_path)
    assert conf.sqlite
    assert conf.database["NAME"] == str(tmp_path / "amends.sqlite3")
    assert conf.url == "http://127.0.0.1:8000"
    assert len(conf.secret_key) >= 32


def test_keys_are_made_once_for_the_owner_alone(tmp_path):
    first, second = given(tmp_path), given(tmp_path)
    assert (first.secret_key, first.credential_keys) == (second.secret_key, second.credential_keys)
    for name in ("secret", "credentials"):
        assert (tmp_path / "keys" / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_the_environment_goes_before_its_file_and_that_before_amends_toml(tmp_path):
    (tmp_path / "amends.toml").write_text("port = 8001\ndebug = true\nlog_level = 'debug'\n")
    (tmp_path / "port").write_text("8002\n")
    assert given(tmp_path).port == 8001
    assert given(tmp_path).debug
    assert given(tmp_path).log_level == "DEBUG"
    assert given(tmp_path, AMENDS_PORT_FILE=str(tmp_path / "port")).port == 8002
    assert given(tmp_path, AMENDS_PORT_FILE=str(tmp_path / "port"), AMENDS_PORT="8003").port == 8003
    assert given(tmp_path, AMENDS_PORT="").port == 8001


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"AMENDS_PORT": "80000"}, "AMENDS_PORT: '80000' is not a whole number from 1 to 65535."),
        ({"AMENDS_PORT": "-1"}, "AMENDS_PORT: '-1' is not a whole number"),
        ({"AMENDS_DEBUG": "perhaps"}, "AMENDS_DEBUG: 'perhaps' is neither yes nor no."),
        ({"AMENDS_URL": "desk.example.com"}, "AMENDS_URL: 'desk.example.com' is not the address of a site."),
        ({"AMENDS_URL": "https://x.example/desk"}, "is not the address of a site"),
        ({"AMENDS_URL": "https://x.example:port"}, "is not the address of a site"),
        ({"AMENDS_HOST": "localhost:8000"}, "AMENDS_HOST: 'localhost:8000' is not a host"),
        ({"AMENDS_LOG_LEVEL": "loud"}, "AMENDS_LOG_LEVEL: 'loud' is no log level"),
        ({"AMENDS_EMAIL_URL": "mail.example.com"}, "AMENDS_EMAIL_URL: this is not the address of a mail server."),
        ({"AMENDS_EMAIL_FROM": "desk"}, "AMENDS_EMAIL_FROM: 'desk' is not an e-mail address."),
        ({"AMENDS_SECRET_KEY": "short"}, "AMENDS_SECRET_KEY: it must be at least 32 characters long"),
        ({"AMENDS_CREDENTIAL_KEYS": "x"}, "AMENDS_CREDENTIAL_KEYS: key 1 is not 32 bytes"),
        ({"AMENDS_CREDENTIAL_KEYS": ","}, "AMENDS_CREDENTIAL_KEYS: there is no key in it."),
        ({"AMENDS_SECRET_KEY_FILE": "/nowhere/key"}, "AMENDS_SECRET_KEY_FILE: "),
        ({"AMENDS_CONFIG": "/nowhere/amends.toml"}, "AMENDS_CONFIG: there is no file /nowhere/amends.toml."),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL: 'mysql' is not a database that Amends knows"),
        ({"DATABASE_URL": "postgresql://host"}, "DATABASE_URL: the name of the database is missing."),
        ({"DATABASE_URL": "postgresql://u:p@host:x/y"}, "DATABASE_URL: the port is not a number"),
        ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL: it must name a file"),
        ({"DATABASE_URL": "sqlite://:memory:"}, "DATABASE_URL: it must name a file"),
        ({"DATABASE_URL": "sqlite:amends.sqlite3"}, "DATABASE_URL: it must name a file"),
    ],
)
def test_a_wrong_value_is_named_with_its_problem_and_an_example(tmp_path, environ, said):
    with pytest.raises(WrongSetting) as wrong:
        given(tmp_path, **environ)
    assert said in str(wrong.value)
    assert "Example: " in str(wrong.value)


@pytest.mark.parametrize(
    "environ",
    [
        {"DATABASE_URL": "amends:hunter2@localhost/amends"},
        {"DATABASE_URL": "postgresql://u:hunter2@host:x/y"},
        {"AMENDS_EMAIL_URL": "imap://u:hunter2@mail"},
        {"AMENDS_SECRET_KEY": "hunter2"},
        {"AMENDS_CREDENTIAL_KEYS": "hunter2"},
    ],
)
def test_a_secret_is_never_told(tmp_path, environ):
    with pytest.raises(WrongSetting) as wrong:
        given(tmp_path, **environ)
    assert "hunter2" not in str(wrong.value)


@pytest.mark.parametrize("text", ["colour = 'red'", "port = 8000\nport = 8001", "port = { a = 1 }"])
def test_a_wrong_amends_toml_is_named(tmp_path, text):
    (tmp_path / "amends.toml").write_text(text)
    with pytest.raises(WrongSetting):
        given(tmp_path)


def test_a_postgresql_address_keeps_its_options(tmp_path):
    database = given(tmp_path, DATABASE_URL="postgresql://a%40b:p%2Fw@db:5433/care?sslmode=require").database
    assert (database["USER"], database["PASSWORD"], database["PORT"]) == ("a@b", "p/w", "5433")
    assert database["OPTIONS"] == {"sslmode": "require"}


def test_a_relative_sqlite_file_lies_in_the_home(tmp_path):
    assert given(tmp_path, DATABASE_URL="sqlite:///care.sqlite3").database["NAME"] == str(tmp_path / "care.sqlite3")
    assert given(tmp_path, DATABASE_URL="sqlite:////srv/care.sqlite3").database["NAME"] == "/srv/care.sqlite3"


def test_a_home_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WrongSetting, match="AMENDS_HOME"):
        given(tmp_path / "file" / "home")


def test_listening_everywhere_is_found_at_localhost(tmp_path):
    assert given(tmp_path, AMENDS_HOST="0.0.0.0").url == "http://localhost:8000"
    assert given(tmp_path, AMENDS_HOST="[::1]").url == "http://[::1]:8000"


def test_several_keys_the_newest_first(tmp_path):
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    assert given(tmp_path, AMENDS_CREDENTIAL_KEYS=", ".join(keys)).credential_keys == tuple(keys)


def test_slips_of_the_pen_are_found():
    assert unknown({"AMENDS_PROT": "1", "AMENDS_PORT": "1", "AMENDS_SECRET_KEY_FILE": "x", "PATH": ""}) == [
        "AMENDS_PROT"
    ]


def test_every_setting_is_documented():
    text = (ROOT / "docs/reference/settings.md").read_text()
    for name in names():
        assert f"### `{variable(name)}`" in text, f"{variable(name)} has no section in docs/reference/settings.md"
        assert f"`{name}`" in text


def test_without_a_mail_server_no_link_is_printed() -> None:
    from amends.config import settings

    assert not settings.CONF.email_url
    assert settings.EMAIL_BACKEND == "django.core.mail.backends.dummy.EmailBackend"
