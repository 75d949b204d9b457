"""Sample sizes for criteria: how many examples would show the registered effect."""

from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.stats import power

POWER = 0.8
"""The power that "needed n" promises."""

PLANNING_DISCORDANCE = 0.10
"""Assumed where the experiment registers none: the middle of what real pairs of models show (3 to 30 %)."""
