"""Networks. `base` has the values and the protocol, `http` the one door out, and each folder is one network."""
