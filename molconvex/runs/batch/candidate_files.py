"""Tables of candidates that come lead by lead, written to one CSV, Parquet or SDF file; memory stays flat."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from molconvex.chem import write_sdf
from molconvex.tables import csv_text

if TYPE_CHECKING:
    import pyarrow as pa


class CandidateFile(Protocol):
    """A file that grows by one table a lead; all have the same columns and types."""

    def add(self, table: "pa.Table") -> None:
        """Write one more table."""

    def close(self) -> None:
        """Finish the file."""


class CsvFile:
    """All candidates as CSV."""

    def __init__(self, path: Path, schema: "pa.Schema") -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._begun = False

    def add(self, table: "pa.Table") -> None:
        """Rows; the header comes with the first ones."""
        text = csv_text(table.to_pandas())
        self._file.write(text.partition("\n")[2] if self._begun else text)
        self._begun = True

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class ParquetFile:
    """All candidates as Parquet, one row group a lead."""

    def __init__(self, path: Path, schema: "pa.Schema") -> None:
        import pyarrow.parquet as pq

        self._writer = pq.ParquetWriter(path, schema, compression="zstd")

    def add(self, table: "pa.Table") -> None:
        """A row group."""
        self._writer.write_table(table)

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


class SdfFile:
    """All candidates as SDF, with every column as a field."""

    def __init__(self, path: Path, schema: "pa.Schema") -> None:
        self._file, self._part = path.open("wb"), path.with_suffix(".part.sdf")

    def add(self, table: "pa.Table") -> None:
        """Records."""
        write_sdf(self._part, table.to_pandas())
        self._file.write(self._part.read_bytes())

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
        self._part.unlink(missing_ok=True)


KINDS: dict[str, type[CsvFile] | type[ParquetFile] | type[SdfFile]] = {
    "csv": CsvFile,
    "parquet": ParquetFile,
    "sdf": SdfFile,
}
