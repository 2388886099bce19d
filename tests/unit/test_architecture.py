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
    "long_lived": 0,
    "documents": 0.2,
    "drafts": 0.2,
    "settings": 0.5,
    "files": 0.5,
    "tables": 0.6,
    "chem": 1,
    "icnn": 1,
    "oracles": 1,
    "latent": 2,
    "surrogate": 2,
    "optimize": 2,
    "objectives": 3,
    "assays": 3,
    "search": 4,
    "design": 4.5,
    "runs": 5,
    "campaigns": 5.5,
    "cli": 6,
}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)


def imported(path: Path, relative: bool = False) -> set[str]:
    """Absolute names of all modules that a file imports, at any depth; TYPE_CHECKING imports count too.

    Relative imports are refused, or passed over where `relative`: they stay within their folder.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert relative or node.level == 0, f"{path}: use absolute imports"
            if node.level:
                continue
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


OUTSIDE = [path for folder in ("app", "scripts") for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda p: str(p.relative_to(ROOT)))
def test_app_and_scripts_stand_above_the_package_and_use_its_public_names(path: Path) -> None:
    here = path.relative_to(ROOT).parts[0]
    for name in imported(path, relative=here == "app"):
        parts = name.split(".")
        assert parts[0] not in {"pickle", "joblib", "requests"}, f"{path} imports {parts[0]}"
        assert not (parts[0] in {"app", "scripts"} and parts[0] != here), f"{here} must not import {parts[0]}"
        assert not (here == "app" and parts[0] == "rdkit"), "RDKit belongs to chem"
        if parts[0] == "molconvex":
            assert not any(part.startswith("_") for part in parts[1:] if part != "__version__"), f"{name} is private"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_package_knows_neither_app_nor_scripts_nor_tests(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & {"app", "scripts", "tests"}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def file_edges(files: dict[str, set[str]]) -> dict[str, set[str]]:
    """Which files each file imports, at any depth, from the names that it imports."""
    return {
        name: {target for one in names if (target := one if one in files else one.rpartition(".")[0]) in files} - {name}
        for name, names in files.items()
    }


def circles(edges: dict[str, set[str]]) -> list[set[str]]:
    """Sets of two or more files each of which reaches all others: files on a way out and back."""
    reached: dict[str, set[str]] = {}
    for start in edges:
        seen, waiting = set(), [start]
        while waiting:
            new = edges[waiting.pop()] - seen
            seen |= new
            waiting += new
        reached[start] = seen
    found = {frozenset({b for b in reached[a] if a in reached[b]}) for a in edges if a in reached[a]}
    return [set(one) for one in found]


def test_no_circle_between_files_imports_inside_functions_included() -> None:
    assert circles(file_edges({module_name(path): imported(path) for path in MODULES})) == []


def test_a_circle_is_found() -> None:
    files = {"m": set(), "m.a": {"m.b.name"}, "m.b": {"m.c"}, "m.c": {"m.a.other"}, "m.d": {"m.a"}}
    assert circles(file_edges(files)) == [{"m.a", "m.b", "m.c"}]
    assert circles(file_edges(files | {"m.c": set()})) == []


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
