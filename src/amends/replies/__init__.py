"""The way out: drafts, the send gate, the outbox and its delivery."""
