"""Python's web server over a folder, and Flask-WebSub's hub: `python feeds_servers.py FOLDER SITE_PORT HUB_PORT`.

Run by the peer's own Python, which has Flask-WebSub. The hub does its work at once, without a queue.
"""

from __future__ import annotations

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from celery import Celery
from flask import Flask
from flask_websub.hub import Hub, SQLite3HubStorage
from werkzeug.serving import make_server

FOLDER, SITE, HUB = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])


class Site(SimpleHTTPRequestHandler):
    """The folder, with the headers by which a hub finds a feed."""

    def end_headers(self) -> None:
        if self.path.startswith("/pushed"):
            hub, address = f"http://127.0.0.1:{HUB}/hub", f"http://127.0.0.1:{SITE}{self.path}"
            self.send_header("Link", f'<{hub}>; rel="hub", <{address}>; rel="self"')
        super().end_headers()

    def log_message(self, *said: object) -> None:
        """Nothing."""


app = Flask(__name__)
app.config["PUBLISH_SUPPORTED"] = True
tasks = Celery()
tasks.conf.task_always_eager = True
hub = Hub(SQLite3HubStorage(str(FOLDER / "hub.db")), tasks, **app.config)
app.register_blueprint(hub.build_blueprint(url_prefix="/hub"))

site = ThreadingHTTPServer(("127.0.0.1", SITE), partial(Site, directory=str(FOLDER / "site")))
Thread(target=site.serve_forever, daemon=True).start()
make_server("127.0.0.1", HUB, app, threaded=True).serve_forever()
