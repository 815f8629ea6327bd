from tests.peers.bluesky import bluesky_network
from tests.peers.mail import mail_servers
from tests.peers.matrix import matrix_server

__all__ = ["bluesky_network", "mail_servers", "matrix_server"]
