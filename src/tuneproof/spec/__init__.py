"""The experiment file: from TOML to typed values, and its registration before the data exist."""
