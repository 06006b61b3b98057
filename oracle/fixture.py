"""A fixture of tests/fixtures made again: its inputs stay, its outputs are computed by the real package.

    python oracle/NAME.py            how far the committed file is from what is computed now
    python oracle/NAME.py --write    the file, with what is computed now
"""

import copy
import json
import math
import sys
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "fixtures"


def digits(value, count):
    """The value with so many significant digits, whatever it is nested in."""
    if isinstance(value, list):
        return [digits(each, count) for each in value]
    return None if value is None else float(f"{value:.{count}g}")


def farthest(held, made, floor, at=""):
    """The largest difference of two nested values, relative to the larger one or `floor`, and where it is."""
    if isinstance(held, dict) and isinstance(made, dict) and held.keys() == made.keys():
        pairs = [(held[key], made[key], f"{at}.{key}") for key in held]
    elif isinstance(held, list) and isinstance(made, list) and len(held) == len(made):
        pairs = [(*pair, f"{at}[{i}]") for i, pair in enumerate(zip(held, made))]
    elif type(held) in (int, float) and type(made) in (int, float):
        return abs(held - made) / max(abs(held), abs(made), floor), at
    else:
        return (0.0 if held == made else math.inf), at
    return max((farthest(a, b, floor, place) for a, b, place in pairs), default=(0.0, at))


def run(name, make, tolerance, floor):
    """`make` fills the outputs of a copy of the file in, in place."""
    path = FIXTURES / f"{name}.json"
    held = json.loads(path.read_text())
    made = copy.deepcopy(held)
    make(made)
    if "--write" in sys.argv[1:]:
        path.write_text(json.dumps(made, separators=(",", ":"), ensure_ascii=False))
        return
    worst, at = farthest(held, made, floor)
    print(json.dumps({"file": path.name, "worst": worst, "at": at, "tolerance": tolerance}))
    sys.exit(not worst <= tolerance)
