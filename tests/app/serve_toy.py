"""The app on the toy latent model, for a browser: `python serve_toy.py PORT GATE`.

Generations are real; they wait before decoding until the file GATE exists, so that a test can look at a running one.
"""

import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

from toy_latent import ToyLatentModel, library, toy_reference  # noqa: E402

from app import pipeline  # noqa: E402
from molconvex.cli.app import server_options  # noqa: E402
from molconvex.design import GenerateSettings, Run  # noqa: E402


@cache
def model() -> ToyLatentModel:
    """The toy model."""
    return ToyLatentModel(library())


@cache
def reference():
    """Its reference set."""
    return toy_reference(model())


class Gated(pipeline.Pipeline):
    """Waits between solving and decoding until a file exists or the run is stopped."""

    def generate(
        self, settings: GenerateSettings, progress: Callable[[str, int, int], None], cancelled: Callable[[], bool]
    ) -> Run:
        def wait(stage: str, done: int, total: int) -> None:
            progress(stage, done, total)
            while stage == "solve" and done == total and not gate.exists() and not cancelled():
                time.sleep(0.05)

        return super().generate(settings, wait, cancelled)


if __name__ == "__main__":
    from streamlit.web import cli

    port, gate = sys.argv[1], Path(sys.argv[2])
    pipeline.use(Gated(model, reference))
    main = TESTS.parent / "app" / "main.py"
    sys.argv = ["streamlit", "run", str(main), *server_options(int(port))]
    cli.main()
