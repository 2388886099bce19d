"""Who may import whom: read from the source, so that an arrow that points up fails at once."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "molconvex"
LEVELS = {
    "exceptions": 0,
    "columns": 0,
    "lazy_names": 0,
    "documents": 0.2,
    "drafts": 0.2,
    "settings": 0.5,
    "files": 0.5,
    "tables": 0.6,
    "chem": 1,
    "icnn": 1,
    "latent": 2,
    "surrogate": 2,
    "optimize": 2,
    "objectives": 3,
    "assays": 3,
    "search": 4,
    "design": 4.5,
    "runs": 5,
    "cli": 6,
}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)


def imported(path: Path) -> set[str]:
    """Absolute names of all modules that a file imports, at any depth; TYPE_CHECKING imports count too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: use absolute imports"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_downwards(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        return
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "molconvex" and len(parts) > 1 and parts[1] in LEVELS and parts[1] != here:
            assert LEVELS[parts[1]] < LEVELS[here], f"{here} must not import {parts[1]}"
        if parts[0] == "rdkit":
            assert here == "chem", "RDKit belongs to chem"
        assert parts[0] not in {"streamlit", "pickle", "joblib", "requests"}, f"{path} imports {parts[0]}"


def test_streamlit_is_imported_by_the_app_alone() -> None:
    for path in [*(ROOT / "scripts").rglob("*.py"), *MODULES]:
        assert not any(n.split(".")[0] == "streamlit" for n in imported(path)), path


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, molconvex; "
        "heavy = {'torch', 'rdkit', 'cvxpy', 'pandas', 'streamlit', 'matplotlib'} & set(sys.modules); "
        "sys.exit(f'loaded {sorted(heavy)}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_public_name_loads() -> None:
    import molconvex

    for name in molconvex.__all__:
        assert getattr(molconvex, name) is not None
