"""What the bundled surrogates are trained on: RDKit properties, and public tables of measured assays."""

from dataclasses import dataclass

from molconvex.assays.training import AssayColumns
from molconvex.surrogate import Target
from molconvex.surrogate.model.target import Sense

MEASURED: dict[str, Sense] = {
    "qed": "maximize",
    "logp": "minimize",
    "sa_score": "minimize",
    "tpsa": "minimize",
    "molecular_weight": "minimize",
}
TOX21 = [
    "NR.AR",
    "NR.AR.LBD",
    "NR.AhR",
    "NR.Aromatase",
    "NR.ER",
    "NR.ER.LBD",
    "NR.PPAR.gamma",
    "SR.ARE",
    "SR.ATAD5",
    "SR.HSE",
    "SR.MMP",
    "SR.p53",
]


@dataclass(frozen=True)
class PublicTable:
    """A public table, what is wanted of its properties, and the columns that hold them."""

    name: str
    file: str
    columns: dict[Target, str]
    split_column: str | None = None

    def assay_columns(self) -> AssayColumns:
        """Which columns say what."""
        return AssayColumns(
            {target.property: column for target, column in self.columns.items()}, split=self.split_column
        )


TABLES = (
    PublicTable(
        "esol",
        "esol.csv",
        {Target("log_solubility", "log mol/L", "maximize"): "measured log solubility in mols per litre"},
    ),
    PublicTable("lipophilicity", "lipophilicity.csv.gz", {Target("logd", "", "minimize"): "exp"}),
    PublicTable("bbbp", "bbbp.csv", {Target("bbb_penetration", "", "classify", wanted=1): "p_np"}),
    PublicTable(
        "tox21",
        "tox21_challenge.csv.gz",
        {Target(f"tox21_{t.replace('.', '_').lower()}", "", "classify", wanted=0): t for t in TOX21},
        "set",
    ),
)
"""Of the bundled surrogates."""

STUDIED = (
    PublicTable("hiv", "hiv.csv.gz", {Target("hiv_active", "", "classify", wanted=1): "HIV_active"}),
    PublicTable("gsk3", "gsk3.csv.gz", {Target("gsk3_active", "", "classify", wanted=1): "gsk3"}),
    PublicTable("clintox", "clintox.csv", {Target("clinical_toxicity", "", "classify", wanted=0): "CT_TOX"}),
)
"""On which convexity is measured too."""
