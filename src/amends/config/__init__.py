"""Settings parsed once and loudly, the ASGI application and the URLs."""
