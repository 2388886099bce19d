"""Fill a store with something of every kind, for pictures and demonstrations: `python -m scripts.demo_store FOLDER`.

Two searches, a walk, a front and a model trained on the example assays, all of them real; a few of the best candidates
are starred and one has a note. A quarter of an hour of one core.
"""

import argparse
from pathlib import Path
from typing import Any

from molconvex.design import GenerateSettings, PathSettings
from molconvex.design.pareto import ParetoSettings
from molconvex.files import data_path
from molconvex.runs.store import Store, StoredRun, open_store
from molconvex.runs.store.worker import work_on

CELECOXIB = "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1 celecoxib"
LORATADINE = "CCOC(=O)N1CCC(=C2c3ccc(Cl)cc3CCc3cccnc32)CC1 loratadine"


def jobs() -> list[tuple[str, str, dict[str, Any]]]:
    """Kind, title and settings of what is run."""
    better = GenerateSettings(
        leads=[CELECOXIB],
        goals=["qed:max", "logp:2..3.5"],
        keep=["17-20"],
        budget=200,
        seed=7,
    )
    soluble = GenerateSettings(
        leads=[LORATADINE],
        goals=["log_solubility:max", "logp:0..3", "qed:max"],
        require=["molecular_weight:<420"],
        budget=150,
        seed=3,
    )
    front = ParetoSettings(leads=[CELECOXIB], goals=["qed:max", "sa_score:min"], similarity=0.4, points=16, programs=24)
    walk = PathSettings(start=CELECOXIB, end=LORATADINE, property="logp", stops=12)
    assay = {
        "table": str(data_path("examples", "assays.csv")),
        "column": "pIC50",
        "smiles_column": "smiles",
        "target": {"property": "pIC50", "unit": "", "sense": "maximize"},
        "fit": {"evidence": True},
    }
    return [
        ("generate", "Celecoxib: maximize QED, logP between 2 and 3.5", better.to_dict()),
        ("generate", "Loratadine: maximize solubility, logP between 0 and 3, maximize QED", soluble.to_dict()),
        ("path", "From celecoxib to loratadine", walk.to_dict()),
        ("pareto", "Celecoxib: QED against SA score", front.to_dict()),
        ("train", "Model of pIC50", assay),
    ]


def fill(store: Store) -> None:
    """Run everything, one after the other, and star what came first."""
    for kind, title, settings in jobs():
        run = store.runs.add(kind, settings, title=title)
        work_on(store, run.id)
        done = store.runs.get(run.id)
        assert done is not None
        print(f"{title}: {done.state}{f', {done.error}' if done.error else ''}", flush=True)
        if kind == "generate" and done.folder:
            star(store, done)


def star(store: Store, run: StoredRun) -> None:
    """Put the best three into the basket, with a note on the first."""
    from molconvex.runs import read_run

    folder = store.folder_of(run)
    assert folder is not None
    best = read_run(folder).candidates["smiles"].head(3)
    for smiles in best:
        store.molecules.mark(smiles, "star", run.id)
    if run.settings.get("keep"):
        store.molecules.note(best.iloc[0], "Worth making: smaller, and the sulfonamide stays.", run.id)


def main() -> None:
    """Fill the store of the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    store = open_store(parser.parse_args().folder)
    fill(store)
    store.close()


if __name__ == "__main__":
    main()
