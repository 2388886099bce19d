"""`python -m molconvex.oracles.host NAME`: a plug-in as a program that reads SMILES and prints a value a line.

The entry point is a function of a list of SMILES that returns as many values, None or NaN where it has none. What it,
its libraries and the programs that it starts print goes to standard error, so that it cannot be taken for values.
"""

import os
import sys
from importlib.metadata import entry_points

from molconvex.oracles.settings import PLUGINS


def main(name: str) -> int:
    """Answer the molecules of standard input; the exit code. Standard output is the error output from here on."""
    answers = os.dup(1)
    os.dup2(2, 1)  # for good: what C libraries print may leave their buffers only when the process ends
    smiles = [line.rstrip("\n") for line in sys.stdin]
    (point,) = entry_points(group=PLUGINS, name=name)
    values = list(point.load()(smiles))
    with os.fdopen(answers, "w") as out:
        out.writelines("nan\n" if value is None else f"{float(value)!r}\n" for value in values)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
