"""What the columns of tables are called, in which unit, and what they mean: the one place that knows.

Code builds the names of columns for a property or requirement by the families below, `PREDICTED("qed")`; the tables at
the end say which columns stand in which file, and the documentation is made from them.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass

OWN_UNIT, COST_UNIT, LATENT_UNIT, SHARE_UNIT = "of the property", "cost", "latent distance", "0 to 1"


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: As in the file.
        meaning: For people, in a sentence without a full stop.
        unit: "" where there is none.
    """

    name: str
    meaning: str
    unit: str = ""

    @property
    def shown(self) -> str:
        """Name for people."""
        return self.name

    def covers(self, name: str) -> bool:
        """Whether a column of a file is this one."""
        return name == self.name


@dataclass(frozen=True)
class Family(Column):
    """Columns of one meaning for many keys; `name` is what stands before or around the key."""

    key: str = "property"

    def __call__(self, key: object) -> str:
        """The column of a property, of a requirement (its `key`, such as "logp_at_most"), or of a number."""
        return f"{self.name}{key}"

    @property
    def shown(self) -> str:
        """Name for people, with the key's name in angle brackets."""
        return f"{self.name}<{self.key}>"

    def covers(self, name: str) -> bool:
        """Whether a column of a file is one of these."""
        return name.startswith(self.name) and len(name) > len(self.name)


DESIRABILITY = Family("desirability_", "how well the value meets the goal for the property", SHARE_UNIT)
PREDICTED = Family("predicted_", "predicted by the surrogate; for a window the distance to it", OWN_UNIT)
REFINED = Family(
    "predicted_refined_",
    "the same refined by structure, where the surrogate keeps what that needs: better, but nothing is proved of it; "
    "its interval stands under the name refined_ and the property",
    OWN_UNIT,
)
REENCODED = Family("reencoded_", "predicted at the molecule's own latent; for a window the distance to it", OWN_UNIT)
MEASURED = Family("measured_", "measured, in the quantity that the surrogate predicts", OWN_UNIT)
LOW = Family("low_", "lower end of the interval that should hold the value", OWN_UNIT)
HIGH = Family("high_", "upper end of that interval", OWN_UNIT)
CLASSES = Family("classes_", "classes that are not ruled out: 0, 1, 0 or 1, or neither")
DISTANCE = Family("distance_", "to the training latents, 1 is the 95th percentile of their own")
DOMAIN = Family("domain_", "inside or outside the applicability domain: whether that distance is at most 1")
CLOSEST = Family("closest_", "most similar molecule among those that the surrogate was trained on")
CLOSENESS = Family("closeness_", "Tanimoto similarity to that molecule (Morgan radius 2, 2,048 bits)", SHARE_UNIT)
PART = Family("part_", "whether the surrogate was trained on the molecule or tested with it; new otherwise")
COST = Family("cost_", "convex cost that the surrogate gives; small is good", COST_UNIT)
WEIGHT = Family("weight_", "weight of the goal in the program")
NEAREST = Family("nearest_", "where the program is infeasible, the bound that could be met", OWN_UNIT, "requirement")
PROVED = Family(
    "proved_",
    "whether the molecule's own latent lies in the part of the region where the requirement is proved of every point",
    key="requirement",
)
LATENT = Family("z", "coordinate of the latent", LATENT_UNIT, "i")


def refined(key: str) -> str:
    """Under which key a refined prediction stands beside the prediction of a property."""
    return f"{REFINED.name[len(PREDICTED.name) :]}{key}"


def ranked_key(columns: Container[str], key: str) -> str:
    """The ending of the columns of the prediction that a search ranked by: refined where a table has that."""
    return refined(key) if PREDICTED(refined(key)) in columns else key


def own_prediction(columns: Container[str], key: object) -> str:
    """The column of the prediction at a molecule's own latent: `REENCODED` where a table has it, else `PREDICTED`."""
    return REENCODED(key) if REENCODED(key) in columns else PREDICTED(key)


_SMILES = Column("smiles", "the molecule, standardized")
_LEAD = Column("lead", "number of the lead, from 1")
_SIMILARITY = Column("similarity", "Tanimoto similarity to the lead (Morgan radius 2, 2,048 bits)", SHARE_UNIT)
_ALERTS = Column("alerts", 'names of structural alerts (PAINS, BRENK, NIH), joined by "; "')
_PROPERTIES = Family("", "measured by RDKit or an oracle; empty where that failed", OWN_UNIT)
_PROGRAM = Column("program", "number of the convex program")
_VALUE = Column("value", "weighted cost that the certificate speaks of", COST_UNIT)
_LOWER_BOUND = Column("lower_bound", "proved: no point of the region has a smaller weighted cost", COST_UNIT)
_GAP = Column("gap", "value minus lower bound of the program", COST_UNIT)
_STATUS = Column("status", "what the solver reached, in a word: certified where the gap is below the tolerance")
_RADIUS = Column("radius", "reach of the program's region", LATENT_UNIT)
_ANCHOR_DISTANCE = Column("anchor_distance", "from the lead to the middle of the program's region", LATENT_UNIT)
_STOP = Column("stop", "number of the stop of a path, from 1")
_REASON = Column("reason", "why it was left out, empty where it was not")

CANDIDATES = (
    Column("id", "lead and rank in one word"),
    _LEAD,
    Column("rank", "1 is best, within its lead"),
    Column("name", "name of the lead and the rank"),
    _SMILES,
    Column("desirability", "how well all goals are met together, on measured values where there are any", SHARE_UNIT),
    Column("gain", "desirability minus that of the lead"),
    _SIMILARITY,
    DESIRABILITY,
    REFINED,
    PREDICTED,
    LOW,
    HIGH,
    CLASSES,
    DISTANCE,
    DOMAIN,
    MEASURED,
    COST,
    _ALERTS,
    Column("alert_count", "structural alerts"),
    Column("plausibility", "what a chemist would object to, empty for nothing"),
    Column("novel", "whether it is missing among the known molecules; empty where no list was given"),
    Column("proposer", "what proposed the molecule"),
    Column("parents", "molecules that it was made from"),
    Column("round", "round of the search in which it was scored"),
    Column("clauses", "numbers of the clauses of the condition that the molecule meets"),
    _PROGRAM,
    Column("inside_region", "whether the molecule's own latent lies in the region that the certificate speaks of"),
    Column("region_distance", "from the molecule's own latent to the region, 0 inside", LATENT_UNIT),
    _VALUE,
    _LOWER_BOUND,
    Column("gap_to_bound", "proved: no point of the region is better than the molecule by more", COST_UNIT),
    Column("realised_share", "0 at the lead, 1 at the proved optimum of the region"),
    PROVED,
    Column("non_dominated", "whether no other candidate of the lead is at least as good in every goal (Pareto runs)"),
    Column("dominates_lead", "whether it is at least as good as the lead in every goal (Pareto runs)"),
    _PROPERTIES,
)
"""Columns of candidates.csv, and of molecules.csv in a Pareto run."""

REJECTED = (_LEAD, _SMILES, _REASON, _SIMILARITY)
"""Columns of rejected.csv."""

PROGRAMS = (
    _PROGRAM,
    _LEAD,
    _ANCHOR_DISTANCE,
    _RADIUS,
    _VALUE,
    _LOWER_BOUND,
    _GAP,
    _STATUS,
    Column("clause", "number of the condition's clause that the program serves, where there are several"),
    Column("steps", "steps of the solver"),
    Column("distance", "from the middle of the region to the optimum", LATENT_UNIT),
    WEIGHT,
    COST,
    PREDICTED,
    NEAREST,
)
"""Columns of programs.csv, and of front.csv in a Pareto run."""

COMPARISON = (
    _LEAD,
    Column("arm", "search, or the control that was given the same budget"),
    _SMILES,
    Column("desirability", "how well all goals are met together, on measured values where there are any", SHARE_UNIT),
    Column("hit", "whether the molecule meets every goal and every limit"),
    Column("plausible", "whether a chemist would draw it"),
)
"""Columns of comparison.csv."""

LEADS = (
    _LEAD,
    Column("name", "as given, else its number"),
    Column("given", "SMILES as the user wrote it"),
    _SMILES,
    Column("notes", "what standardizing changed"),
    _REASON,
    Column("radius", "largest radius of the lead's programs", LATENT_UNIT),
    Column("spread", "largest distance of their anchors from the lead", LATENT_UNIT),
    Column("desirability", "how well the lead itself meets all goals", SHARE_UNIT),
    Column("stopped", "why the search around it ended"),
    _PROPERTIES,
)
"""Columns of leads.csv."""

PATH = (
    _STOP,
    Column("share", "how much of the way's latent length lies before it", SHARE_UNIT),
    Column("part", 'the method, or "jump" for the last step to the end molecule'),
    _SMILES,
    Column("reason", "why there is no molecule, empty where there is one"),
    Column("repeats", "whether it is the molecule of the stop before"),
    Column("cost", "convex cost at the stop", COST_UNIT),
    PREDICTED,
    Column("predicted_deviation", "prediction minus that of the start", OWN_UNIT),
    MEASURED,
    Column("measured_deviation", "measured value minus that of the start molecule", OWN_UNIT),
    Column("similarity_to_start", "Tanimoto similarity to the start molecule", SHARE_UNIT),
    Column("similarity_to_end", "Tanimoto similarity to the end molecule", SHARE_UNIT),
    _ALERTS,
    REENCODED,
    LOW,
    HIGH,
    CLASSES,
    DISTANCE,
    DOMAIN,
    Column("drift", "from the stop to the molecule's own latent", LATENT_UNIT),
    _PROPERTIES,
)
"""Columns of path.csv."""

LATENTS = (
    _STOP,
    Column("line", "line of the input file"),
    Column("row", "row of the table of latents"),
    Column("name", "name of the molecule, as read"),
    Column("sample", "number of the decoding, 0 for the greedy one"),
    Column("smiles", "the molecule, standardized"),
    Column("reason", "why there is none, empty where there is"),
    Column("latent_model", "fingerprint of the latent model"),
    LATENT,
)
"""Columns of the tables that `encode` and `decode` write, and of a path's latents.csv."""

PREDICTIONS = (
    Column("line", "line of the input file"),
    Column("name", "name of the molecule, as read"),
    Column("smiles", "the molecule, standardized"),
    _REASON,
    REFINED,
    PREDICTED,
    LOW,
    HIGH,
    CLASSES,
    DISTANCE,
    DOMAIN,
    PART,
    CLOSEST,
    CLOSENESS,
)
"""Columns of what `predict` writes."""

ORACLES = (
    Column("oracle", "name of the oracle"),
    _SMILES,
    Column("value", "what the oracle said; empty where that failed", "of the oracle"),
    Column("unit", "of the value, as the settings name it"),
    Column("remembered", "whether the value was known from an earlier run"),
    Column("attempts", "calls that the value took, 0 where it was remembered"),
    Column("reason", "why there is no value, empty where there is one"),
)
"""Columns of oracles.csv."""

TABLES = {
    "candidates.csv": CANDIDATES,
    "rejected.csv": REJECTED,
    "programs.csv": PROGRAMS,
    "leads.csv": LEADS,
    "oracles.csv": ORACLES,
    "comparison.csv": COMPARISON,
    "path.csv": PATH,
    "tables of latents": LATENTS,
    "predictions": PREDICTIONS,
}


def described(name: str, table: Iterable[Column], properties: Iterable[str] = ()) -> Column | None:
    """The description of a column of a file; None where there is none.

    Args:
        name: Of the column.
        table: Columns of the table, as in `TABLES`.
        properties: Names that are columns by themselves: the properties that RDKit measures.
    """
    table = list(table)
    exact = [column for column in table if type(column) is Column and column.covers(name)]
    families = [column for column in table if isinstance(column, Family) and column.name and column.covers(name)]
    if exact or families:
        return [*exact, *families][0]
    return _PROPERTIES if name in properties and _PROPERTIES in table else None
