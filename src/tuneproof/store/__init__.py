"""What is kept on disk: completions by request digest, and run folders."""
