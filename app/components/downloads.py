"""The run's files."""

import io
import re
import zipfile
from pathlib import Path

import streamlit as st

from molconvex.runs.store import StoredRun

from ..shared import store

FILES = (
    ("candidates.csv", "CSV", "text/csv", ":material/table:", "All columns, for a spreadsheet"),
    (
        "candidates.sdf",
        "SDF",
        "chemical/x-mdl-sdfile",
        ":material/hub:",
        "Structures with properties, for chemistry programs",
    ),
    (
        "report.html",
        "Report",
        "text/html",
        ":material/description:",
        "One page with structures and plots; opens anywhere",
    ),
)


def downloads(run: StoredRun, name: str) -> None:
    """Buttons for the files of a finished run; a file is read when its button is pressed."""
    folder = store().folder_of(run)
    if folder is None:
        return
    stem = file_stem(name)
    with st.container(horizontal=True, key="downloads", gap="small", vertical_alignment="center"):
        st.html('<span class="mc-hint">Download</span>', width="content")
        for file, title, mime, icon, about in FILES:
            if (folder / file).is_file():
                st.download_button(
                    title,
                    (folder / file).read_bytes,
                    f"{stem}-{file}",
                    mime,
                    key=f"download_{title.lower()}",
                    icon=icon,
                    help=about,
                    on_click="ignore",
                )
        st.download_button(
            "All files",
            lambda: zipped(folder, stem),
            f"{stem}.zip",
            "application/zip",
            key="download_all",
            icon=":material/folder_zip:",
            help="Everything, with settings, seed, versions and checksums: `molconvex check` verifies it",
            on_click="ignore",
        )


def file_stem(name: str) -> str:
    """A name that every file system takes."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-").lower()[:60] or "run"


def zipped(folder: Path, stem: str) -> bytes:
    """A folder as a ZIP file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, Path(stem) / path.relative_to(folder))
    return buffer.getvalue()
