"""A store in a folder of the test's own."""

from collections.abc import Iterator

import pytest

from molconvex.runs.store import Store, open_store


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    opened = open_store(tmp_path / "home")
    yield opened
    opened.close()
