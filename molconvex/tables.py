"""Tables of our own as CSV: no cell that a spreadsheet would run, and read back exactly as they were."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from molconvex.documents import check_regular_file
from molconvex.exceptions import DataError, MolconvexError

if TYPE_CHECKING:
    import pandas as pd

_RUNS = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def guarded(text: str) -> str:
    """Text for a cell: one apostrophe ahead where a spreadsheet would take it for a formula (= + - @, tab, return).

    Reference: OWASP, CSV Injection.
    """
    return f"'{text}" if _RUNS.match(text) else text


def unguarded(cell: str) -> str:
    """Inverse of `guarded`."""
    return cell[1:] if _GUARDED.match(cell) else cell


def csv_text(table: "pd.DataFrame", float_format: str | None = None) -> str:
    """A table as CSV; cells of text are `guarded`, numbers stay numbers."""
    safe = _changed(table, guarded)
    # the csv module leaves a return unquoted, and readers would take it for the end of a row
    returns = any("\r" in cell for _, column in safe.items() for cell in column if isinstance(cell, str))
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
    return safe.to_csv(index=False, lineterminator="\n", float_format=float_format, quoting=quoting)


def read_csv_table(path: str | Path, error: type[MolconvexError] = DataError, **options: Any) -> "pd.DataFrame":
    """A table that `csv_text` wrote, every float exact; a cell is missing only where it is empty ("NA" is a name).

    Args:
        path: The file.
        error: Kind of error where it cannot be read.
        options: Further ones of `pandas.read_csv`.

    Raises:
        MolconvexError: Of the kind given, if it is no regular file, no table, or has two columns of one name.
    """
    import pandas as pd

    path = Path(path)
    check_regular_file(path, error)
    chosen: dict[str, Any] = {"float_precision": "round_trip", "keep_default_na": False, "na_values": [""]} | options
    try:
        first = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False)
        names = [unguarded(str(name)) for name in first.iloc[0]]
        table = pd.read_csv(path, **chosen)
    except (OSError, ValueError, OverflowError) as failure:
        raise error(f"{path} cannot be read as a table ({failure})") from failure
    if not isinstance(table.index, pd.RangeIndex):
        raise error(f"{path} cannot be read as a table (its rows have more cells than its header)")
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise error(f"{path} has more than one column called {repeated[0]!r}; rename or remove one of them")
    if len(names) == table.shape[1]:
        table.columns = pd.Index(names)
    return _changed(table, unguarded)


def _changed(table: "pd.DataFrame", change: Callable[[str], str]) -> "pd.DataFrame":
    """The table with every cell of text, and every column name, changed."""
    import pandas as pd

    result = table.copy(deep=False)
    for position in range(table.shape[1]):
        column = table.iloc[:, position]
        if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
            cells = [change(cell) if isinstance(cell, str) else cell for cell in column]
            result.isetitem(position, pd.Series(cells, index=table.index, dtype=column.dtype).array)
    result.columns = pd.Index([change(name) if isinstance(name, str) else name for name in table.columns])
    return result
