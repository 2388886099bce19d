"""What a chemist would draw: the judgement of one molecule, and the tables it rests on."""

from molconvex.chem.plausibility.judgement import Features, Plausibility, features, implausible_features, is_plausible
from molconvex.chem.plausibility.tables import PlausibilityTables, load_plausibility_tables
from molconvex.chem.plausibility.unstable_groups import GROUPS, unstable_groups

__all__ = [
    "GROUPS",
    "Features",
    "Plausibility",
    "PlausibilityTables",
    "features",
    "implausible_features",
    "is_plausible",
    "load_plausibility_tables",
    "unstable_groups",
]
