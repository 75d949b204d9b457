"""How one completion is marked, one file a kind."""
