"""People's labels: what raters said of the answers, and how the answers that they saw were chosen.

`draw` puts the examples in the order in which they are to be labelled, and `sheet_rows` writes what raters see. `read_labels`
reads what they filled in, before anything is spent; `resolve` finds the answers that it is about; `chosen` says how those were
chosen, and `gather` makes the arrays that estimates read.
"""

from tuneproof.stages._draw import chosen, draw, with_whole_clusters
from tuneproof.stages._label_reading import Address, Asked, RawLabels, read_labels
from tuneproof.stages._label_resolving import Resolved, resolve, unanswered
from tuneproof.stages._people import gather
from tuneproof.stages._sheet import sheet_rows

__all__ = [
    "Address",
    "Asked",
    "RawLabels",
    "Resolved",
    "chosen",
    "draw",
    "gather",
    "read_labels",
    "resolve",
    "sheet_rows",
    "unanswered",
    "with_whole_clusters",
]
