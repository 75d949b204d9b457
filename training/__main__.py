"""Make the small model in the box: `python -m training` trains the base model, then its fine-tunes, and writes all of it.

`python -m training base` and `python -m training fine-tunes` are its two halves: criteria are registered between them.
`first`, `second` and `third` are the parts of the base.
"""

import os
import sys

# Threads that spin while they wait take the processor from those that work, where other programs run beside them.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from training.job import fine_tunes, first_part, second_part, third_part

PARTS = {
    "first": (first_part,),
    "second": (second_part,),
    "third": (third_part,),
    "base": (first_part, second_part, third_part),
    "fine-tunes": (fine_tunes,),
    "all": (first_part, second_part, third_part, fine_tunes),
}

if __name__ == "__main__":
    asked = sys.argv[1] if len(sys.argv) > 1 else "all"
    if asked not in PARTS or len(sys.argv) > 2:
        sys.exit(f"python -m training: {' '.join(sys.argv[1:])!r} is no part of it ({', '.join(PARTS)})")
    for part in PARTS[asked]:
        part()
