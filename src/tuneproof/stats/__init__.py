"""Numbers: every estimate, interval, p-value and sample size that tuneproof reports.

Floor 1: imports numpy and scipy.special only. ``inference`` chooses the method; the other modules each hold one.
"""
