"""Generate around many leads under a scheduler: `molconvex batch` with one JSON object a line on stderr.

    python scripts/generate_candidates.py leads.csv --config goals.toml --store postgresql://host/molconvex

Start it as often and on as many machines as you like: leads that are done are not done again. See docs/batch.md.
"""

import sys

from molconvex.cli import main

USUAL = {"--log-format": "json"}  # logs of schedulers are read by programs


def batch_arguments(given: list[str]) -> list[str]:
    """Arguments of the command: as given, and what is usual under a scheduler where it was not given."""
    names = {text.partition("=")[0] for text in given}
    return ["batch", *given, *(f"{name}={value}" for name, value in USUAL.items() if name not in names)]


if __name__ == "__main__":
    sys.exit(main(batch_arguments(sys.argv[1:])))
