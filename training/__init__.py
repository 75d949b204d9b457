"""How the small model in the box was made: `python -m training`, from texts and code of this folder alone."""
