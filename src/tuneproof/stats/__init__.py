"""Numbers: every estimate, interval, p-value and sample size that tuneproof reports.

Floor 1: imports numpy, and scipy.special where a method needs it. ``inference`` chooses the method; the others each hold one.
"""
