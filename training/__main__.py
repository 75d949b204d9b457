"""Make the small model in the box: `python -m training` trains the base model, then its fine-tunes, and writes all of it.

`python -m training base` and `python -m training fine-tunes` are its two parts: criteria are registered between them.
`first` and `second` are the halves of the base.
"""

import os
import sys

# Threads that spin while they wait take the processor from those that work, where other programs run beside them.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from training.job import fine_tunes, first_half, second_half

PARTS = {
    "first": (first_half,),
    "second": (second_half,),
    "base": (first_half, second_half),
    "fine-tunes": (fine_tunes,),
    "all": (first_half, second_half, fine_tunes),
}

if __name__ == "__main__":
    asked = sys.argv[1] if len(sys.argv) > 1 else "all"
    if asked not in PARTS or len(sys.argv) > 2:
        sys.exit(f"python -m training: {' '.join(sys.argv[1:])!r} is no part of it ({', '.join(PARTS)})")
    for part in PARTS[asked]:
        part()
