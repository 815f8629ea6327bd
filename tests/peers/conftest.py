from tests.peers.mail import mail_servers
from tests.peers.matrix import matrix_server

__all__ = ["mail_servers", "matrix_server"]
