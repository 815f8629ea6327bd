"""Cases: whose turn it is, how long it may wait, who sees to it."""
