from tests.peers.bluesky import bluesky_network
from tests.peers.matrix import matrix_server

__all__ = ["bluesky_network", "matrix_server"]
