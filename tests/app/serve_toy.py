"""The app on the toy latent model, for a browser: `python serve_toy.py PORT HOME`.

Generations are real, in processes of their own; while the file HOME/hold exists, they wait before they begin, so that a
test can look at a running one.
"""

import os
import sys
import time
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path[:0] = [str(TESTS.parent), str(TESTS), str(HERE)]

from toy_latent import ToyLatentModel, library, toy_reference  # noqa: E402

from molconvex.cli.app import server_options  # noqa: E402
from molconvex.runs.store.pipelines import Pipeline  # noqa: E402


@cache
def model() -> ToyLatentModel:
    """The toy model."""
    return ToyLatentModel(library())


def held_model() -> ToyLatentModel:
    """The toy model, once nothing holds it back any more; workers alone wait."""
    hold = Path(os.environ["MOLCONVEX_HOME"], "hold")
    while hold.exists() and "worker" in sys.argv[0]:
        time.sleep(0.05)
    return model()


@cache
def reference():
    """Its reference set."""
    return toy_reference(model())


toy = Pipeline(held_model, reference)


if __name__ == "__main__":
    from streamlit.web import cli

    port, home = sys.argv[1:3]
    os.environ |= {
        "MOLCONVEX_HOME": home,
        "MOLCONVEX_PIPELINE": "serve_toy:toy",
        "PYTHONPATH": os.pathsep.join(sys.path[:3]),
    }
    sys.argv = ["streamlit", "run", str(TESTS.parent / "app" / "main.py"), *server_options(int(port))]
    cli.main()
