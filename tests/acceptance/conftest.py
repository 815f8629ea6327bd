from tests.peers.bluesky import bluesky_network

__all__ = ["bluesky_network"]
