"""What LLMBar's reference calls the figures that we compute from the same files."""

SLICES = ("natural", "neighbor", "gptinst", "gptout", "manual")
"""Those that judgments were recorded of."""
FIGURES = {
    "agreement": "acc",
    "agreement, swapped": "acc_swapped",
    "kappa": "kappa",
    "kappa, swapped": "kappa_swapped",
    "orders agree": "position_agreement",
    "kappa between orders": "kappa_between_orders",
    "right in both orders": "acc_both_orders",
}
"""Our name of a figure to that of the reference."""
