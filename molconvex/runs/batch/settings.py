"""How a batch is worked on: options of `molconvex batch` beside those of `generate`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from molconvex.settings import Flag, Settings

PANEL = "Batch"


class BatchSettings(Settings):
    """Where a batch is kept, who works on it, and how often. Unknown keys and values out of range raise ConfigError."""

    store: Annotated[str | None, Flag(panel=PANEL, default="your own store")] = Field(
        None, description="where results are kept: a file of SQLite, or a URL such as postgresql://user@host/database"
    )
    name: Annotated[str | None, Flag(panel=PANEL, default="name of the file of leads")] = Field(
        None, description="name of the batch; the same name goes on with it"
    )
    scheduler: Annotated[str, Flag(panel=PANEL)] = Field(
        "here",
        description="where leads are worked on: here, local:N processes, tcp://HOST:PORT of a Dask scheduler, "
        "slurm:N jobs",
    )
    rejects: Annotated[Path | None, Flag(panel=PANEL, default="NAME-rejects.csv")] = Field(
        None, description="file for rows that gave nothing, with line numbers"
    )
    retry: Annotated[bool, Flag(panel=PANEL)] = Field(False, description="try leads again that were set aside")
    tries: Annotated[int, Flag(panel=PANEL)] = Field(
        3, ge=1, le=1_000, description="tries of a lead that fails, before it is set aside"
    )
    store_wait: Annotated[float, Flag(panel=PANEL)] = Field(
        600.0, ge=0, allow_inf_nan=False, description="seconds to wait for a store that does not answer"
    )
    log_format: Annotated[Literal["text", "json"], Flag(panel=PANEL)] = Field(
        "text", description="a bar on a terminal and quiet elsewhere, or one object a line"
    )
