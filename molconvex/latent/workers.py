"""Worker processes for the chemistry of large batches."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from molconvex.latent.model import LatentModel
from molconvex.latent.vae.model import TextVAE

WORTHWHILE = 5_000  # molecules; starting the processes takes seconds


@contextmanager
def worker_processes(model: LatentModel, molecules: int, count: int | None = None) -> Iterator[None]:
    """While the block lasts, the bundled kind of model reads and writes molecules in processes of its own.

    Nothing happens for fewer than 5,000 molecules, for other models, or for one worker. As with all of Python's process
    pools, a script that uses this needs `if __name__ == "__main__":` around its work.

    Args:
        model: Model that encodes or decodes in the block.
        molecules: How many are to come.
        count: Workers; by default one a core.
    """
    count = multiprocessing.cpu_count() if count is None else count
    if not isinstance(model, TextVAE) or molecules < WORTHWHILE or count < 2:
        yield
        return
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as executor:
        model.executor = executor
        try:
            yield
        finally:
            model.executor = None
