"""Evalsets that a seed draws: one file, one evalset."""
