"""The way out: drafts and files, the send gate, likes and corrections, the outbox and its delivery."""
