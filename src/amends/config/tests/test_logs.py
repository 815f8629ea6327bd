from __future__ import annotations

import json
import logging
from dataclasses import replace

import pytest
import structlog
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.log import log_response

from amends.config.logs import configure


@pytest.fixture
def conf(tmp_path):
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield replace(settings.CONF, home=tmp_path, log_level="INFO", log_json=False)
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_each_process_has_its_file_and_the_screen_sees_warnings_alone(conf, capsys):
    configure(conf, "web")
    structlog.get_logger("a").info("heard", posts=3)
    logging.getLogger("django").warning("slow %s", "page")
    logging.getLogger("a").debug("too small")
    written = (conf.home / "logs" / "web.log").read_text()
    assert "heard" in written
    assert "posts=3" in written
    assert "slow page" in written
    assert "too small" not in written
    screen = capsys.readouterr().err
    assert "slow page" in screen
    assert "heard" not in screen


def test_json_goes_to_the_screen_alone(conf, capsys):
    configure(replace(conf, log_json=True), "web")
    try:
        1 / 0  # noqa: B018 - anything that fails
    except ZeroDivisionError:
        structlog.get_logger("a").exception("failed", posts=3)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["posts"], line["level"], line["logger"]) == ("failed", 3, "error", "a")
    assert line["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert not (conf.home / "logs").exists()


@pytest.mark.parametrize("as_json", [False, True])
def test_secrets_are_not_written_even_with_a_traceback(conf, capsys, as_json):
    configure(replace(conf, log_json=as_json), "web")
    password = "hunter2"
    try:
        1 / 0  # noqa: B018 - anything that fails
    except ZeroDivisionError:
        structlog.get_logger("a").exception("failed", app_password=password, token=password, Authorization=password)
    file = conf.home / "logs" / "web.log"
    said = capsys.readouterr().err + (file.read_text() if file.exists() else "")
    assert "failed" in said
    assert password not in said


def test_libraries_that_log_addresses_are_quiet(conf, capsys):
    configure(conf, "web")
    logging.getLogger("httpx2").info("GET https://network.example/?token=hunter2")
    file = conf.home / "logs" / "web.log"
    assert not file.exists() or "hunter2" not in file.read_text()


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("path", ["/hooks/{}", "/sign-in/{}", "/join/{}?next=/", "/accounts/password/reset/key/{}/"])
def test_no_address_that_lets_somebody_in_is_written(conf, capsys, as_json, path):
    configure(replace(conf, log_json=as_json), "web")
    path = path.format("hunter2-abc_DEF")
    request = RequestFactory().post(path)
    log_response("%s: %s", "Unauthorized", path, response=HttpResponse(status=401), request=request)
    logging.getLogger("a").error("It broke at %s", f"https://desk.example{path}")
    file = conf.home / "logs" / "web.log"
    said = capsys.readouterr().err + (file.read_text() if file.exists() else "")
    assert "Unauthorized" in said
    assert "It broke" in said
    assert "hunter2" not in said
