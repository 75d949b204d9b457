"""What a run must show, one file a kind."""
