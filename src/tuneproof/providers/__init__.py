"""Where completions come from, one file a kind."""
