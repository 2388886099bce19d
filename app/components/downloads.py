"""The run's files."""

import io
import re
import zipfile
from pathlib import Path

import streamlit as st

from ..jobs import Job
from .texts import sentence

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


def downloads(job: Job, name: str) -> None:
    """Buttons for the files of a finished job."""
    folder = job.folder
    if folder is None:
        st.warning(
            f"The files could not be written. {_why(job)} The results below are complete.", icon=":material/warning:"
        )
        return
    stem = file_stem(name)
    with st.container(horizontal=True, key="downloads", gap="small", vertical_alignment="center"):
        st.html('<span class="mc-hint">Download</span>', width="content")
        for file, title, mime, icon, about in FILES:
            st.download_button(
                title,
                (folder / file).read_bytes(),
                f"{stem}-{file}",
                mime,
                key=f"download_{title.lower()}",
                icon=icon,
                help=about,
                on_click="ignore",
            )
        st.download_button(
            "All files",
            zipped(folder, stem),
            f"{stem}.zip",
            "application/zip",
            key="download_all",
            icon=":material/folder_zip:",
            help="Everything, with settings, seed, versions and checksums: `molconvex check` verifies it",
            on_click="ignore",
        )


def _why(job: Job) -> str:
    return sentence(job.error) if job.error is not None else ""


def file_stem(name: str) -> str:
    """A name that every file system takes."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-").lower()[:60] or "run"


@st.cache_data(max_entries=4, show_spinner=False)
def zipped(folder: Path, stem: str) -> bytes:
    """A folder as a ZIP file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, Path(stem) / path.relative_to(folder))
    return buffer.getvalue()
