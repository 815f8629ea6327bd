"""The way in: who polls what, the one pipeline, quarantine, the gap audit."""
