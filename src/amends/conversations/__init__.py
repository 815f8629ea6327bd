"""Posts and the conversations they form; edits, deletions, engagement over time; search."""
