"""What happened: closed types, their table, the one write transaction, the one tailer a process."""
