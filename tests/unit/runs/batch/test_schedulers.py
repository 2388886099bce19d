"""Schedulers by name: what may be written, and what is refused before anything is begun."""

import pytest

from molconvex.exceptions import ConfigError
from molconvex.runs.batch import check_scheduler, executor_for


@pytest.mark.parametrize("text", ["here", "local:1", "local:10000", "slurm:20", "tcp://host:8786", "tls://host:8786"])
def test_schedulers_that_there_are(text) -> None:
    check_scheduler(text)


@pytest.mark.parametrize("text", ["", "cluster", "here:2", "tcp:host", "http://host"])
def test_a_scheduler_that_there_is_not_is_refused_with_those_that_there_are(text) -> None:
    with pytest.raises(ConfigError, match=r"no scheduler '.*'; write here, local:N, .* or slurm:N"):
        executor_for(text, lambda: False)


@pytest.mark.parametrize("text", ["local", "local:", "local:0", "local:10001", "local:-1", "local:²", "slurm:x"])
def test_a_number_of_workers_is_needed(text) -> None:
    with pytest.raises(ConfigError, match="needs a number of workers, 1 to 10,000, as in local:4"):
        executor_for(text, lambda: False)
