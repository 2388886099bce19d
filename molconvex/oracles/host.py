"""`python -m molconvex.oracles.host NAME`: a plug-in as a program that reads SMILES and prints a value a line.

The entry point is a function of a list of SMILES that returns as many values, None or NaN where it has none. What it
prints goes to standard error, so that it cannot be taken for values.
"""

import contextlib
import sys
from importlib.metadata import entry_points

from molconvex.oracles.settings import PLUGINS


def main(name: str) -> int:
    """Answer the molecules of standard input; the exit code."""
    smiles = [line.rstrip("\n") for line in sys.stdin]
    with contextlib.redirect_stdout(sys.stderr):
        (point,) = entry_points(group=PLUGINS, name=name)
        values = list(point.load()(smiles))
    for value in values:
        print("nan" if value is None else repr(float(value)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
