"""Mutants of what judges records and runs: the certificate checker, claims at molecules, the check of a folder."""

from scripts.mutant import Mutant

CHECKER = "molconvex/optimize/certificate/check.py"
DUAL = "molconvex/optimize/certificate/dual_check.py"
PRIMAL = "molconvex/optimize/certificate/primal_check.py"
RANGES = "molconvex/optimize/certificate/record_ranges.py"
CLAIMS = "molconvex/optimize/certificate/point_claims.py"
HULL = "molconvex/optimize/certificate/hull_membership.py"
FINISH = "molconvex/optimize/solver/finish.py"
PROGRAMS = "molconvex/runs/check_programs.py"
REGIONS = "molconvex/runs/check_regions.py"
CANDIDATES = "molconvex/runs/check_candidates.py"
CONCAVE = "molconvex/optimize/certificate/concave_check.py"
T_CONCAVE = ("tests/unit/optimize/test_concave_terms.py",)
T_BORDERS = ("tests/unit/optimize/test_certificate_borders.py",)
T_RANGES = ("tests/unit/optimize/test_record_ranges.py",)
T_CHECK = ("tests/unit/optimize/test_certificate.py",)
T_CLAIMS = ("tests/unit/optimize/test_point_claims.py",)
T_FORGED = ("tests/unit/runs/test_forgeries.py", "tests/unit/runs/test_forged_entries.py")
T_REGIONS = ("tests/unit/runs/test_check_regions.py",)
T_FOLDER = ("tests/unit/runs/test_run_folder.py",)

MUTANTS = (
    # ---- the independent checker
    Mutant("allowance for rounding set to zero", DUAL, "UNIT_ROUNDOFF = 2.0**-53", "UNIT_ROUNDOFF = 0.0", T_BORDERS),
    Mutant(
        "allowance on the generous side",
        CHECKER,
        "proved = claimed <= bound - allowance +",
        "proved = claimed <= bound + allowance +",
        T_BORDERS,
    ),
    Mutant(
        "feasibility tolerance times ten thousand",
        CHECKER,
        "feasibility_tolerance: float = 2e-6",
        "feasibility_tolerance: float = 2e-2",
        T_BORDERS,
    ),
    Mutant("gap of certified programs not looked at", CHECKER, "& ~closed", "& ~closed & False", T_BORDERS),
    Mutant("certified at ten times the gap, in the check", CHECKER, "gap_tol * (1 + 1e-6)", "gap_tol * 10", T_BORDERS),
    Mutant(
        "certified at ten times the gap, in the solver",
        FINISH,
        "_statuses(gap <= gap_tol,",
        "_statuses(gap <= 10 * gap_tol,",
        ("tests/unit/optimize/test_certificate_borders.py", "tests/unit/optimize/test_solver.py"),
    ),
    Mutant("rounding may spoil a bound", CHECKER, "MOST_ROUNDING = 1e-3", "MOST_ROUNDING = 1e9", T_BORDERS, False),
    Mutant(
        "rounding may cost more than the gap asked for",
        CHECKER,
        "if gap_tol is None else gap_tol) * np",
        "if gap_tol is None else 2 * gap_tol) * np",
        T_BORDERS,
    ),
    Mutant("bound may exceed the value", CHECKER, "record.value + 10 * feas", "record.value + 1000 * feas", T_BORDERS),
    Mutant("values compared loosely", CHECKER, "tolerance: float = 1e-9", "tolerance: float = 1e-4", T_CHECK),
    Mutant(
        "solver claims its bounds unlowered",
        "molconvex/optimize/certificate/rounding_allowance.py",
        "EVALUATIONS = 3",
        "EVALUATIONS = 0",
        T_BORDERS,
    ),
    Mutant(
        "gates not confined to [slope, 1]",
        DUAL,
        "np.clip(np.nan_to_num(gates[layer].astype(np.float64)), network.negative_slope, 1)",
        "np.nan_to_num(gates[layer].astype(np.float64))",
        T_CHECK,
        False,
    ),
    Mutant(
        "threshold multipliers may be negative",
        DUAL,
        "np.maximum(record.threshold_multipliers.astype(np.float64), 0)",
        "record.threshold_multipliers.astype(np.float64)",
        T_CHECK,
        False,
    ),
    Mutant(
        "member weights beyond their cap",
        DUAL,
        "p = np.clip(np.nan_to_num(p), 0, cap)",
        "p = np.nan_to_num(p)",
        T_BORDERS,
        False,
    ),
    Mutant(
        "support of a ball too small",
        DUAL,
        '- a["radius"] * np.linalg.norm(slope, axis=1)',
        '- 0.9 * a["radius"] * np.linalg.norm(slope, axis=1)',
        (*T_CLAIMS, *T_BORDERS),
        False,
    ),
    Mutant(
        "rounding of coordinates excuses more",
        PRIMAL,
        "COORDINATE_ROUNDING = 64 *",
        "COORDINATE_ROUNDING = 128 *",
        T_BORDERS,
    ),
    Mutant(
        "rounding of coordinates excuses nothing",
        PRIMAL,
        "COORDINATE_ROUNDING = 64 *",
        "COORDINATE_ROUNDING = 0 *",
        T_BORDERS,
    ),
    Mutant("radius of zero allowed", RANGES, '~(a["radius"] > 0)', '~(a["radius"] >= 0)', T_RANGES),
    Mutant("negative weights allowed", RANGES, "(numbers >= 0)).all(axis=1)", "(numbers > -1)).all(axis=1)", T_RANGES),
    Mutant("caps below equal shares allowed", RANGES, "CAP_ROUNDING = 1e-12", "CAP_ROUNDING = 1e-6", T_RANGES),
    Mutant("caps above one allowed", RANGES, "<= cap <= 1:", "<= cap <= 1.5:", T_RANGES),
    Mutant(
        "every status allowed",
        RANGES,
        '"its status is unknown": ~np.isin',
        '"its status is unknown": False & ~np.isin',
        T_RANGES,
        False,
    ),
    Mutant(
        "slope of one allowed",
        RANGES,
        "if not 0 <= network.negative_slope < 1:",
        "if not 0 <= network.negative_slope <= 1:",
        T_RANGES,
    ),
    # ---- claims about single points
    Mutant("points far outside count as inside", CLAIMS, "INSIDE = 1e-5", "INSIDE = 1e-4", T_CLAIMS),
    Mutant(
        "headroom claimed outside the region",
        CLAIMS,
        "kept = np.where(inside, 1.0, np.nan)[:, None]",
        "kept = 1.0",
        T_CLAIMS,
        False,
    ),
    Mutant("mixtures need not sum to one", HULL, "<= 1e-9)", "<= 1e-2)", T_CLAIMS),
    Mutant("negative mixing weights allowed", HULL, "(mixtures >= 0)", "(mixtures >= -1e-9)", T_CLAIMS),
    Mutant("share where there is no room", CLAIMS, "rounding = 1e-9 *", "rounding = -1 *", T_CLAIMS),
    Mutant(
        "bound beyond the region not lowered",
        CLAIMS,
        "- distance[:, None] * steepness",
        "- 0 * distance[:, None] * steepness",
        T_CLAIMS,
        False,
    ),
    # ---- the check of runs
    Mutant(
        "leads may be missing",
        "molconvex/runs/stored_tables.py",
        "if not pd.api.types.is_integer_dtype(leads):",
        "if False:",
        T_FORGED,
        False,
    ),
    Mutant(
        "no certificate is no failure",
        PROGRAMS,
        "if report.certificates == 0 and",
        "if report.certificates < 0 and",
        T_FORGED,
    ),
    Mutant(
        "balls need not be around their anchors",
        REGIONS,
        "if not _is_around(record, kind):",
        "if False:",
        T_FORGED,
        False,
    ),
    Mutant(
        "regions may reach farther", REGIONS, "(far <= radius * (1 + ROUNDING))", "(far <= radius * 1.01)", T_FORGED
    ),
    Mutant(
        "anchors may lie farther", REGIONS, "(away <= spread * (1 + ROUNDING))", "(away <= spread * 1.01)", T_REGIONS
    ),
    Mutant(
        "weights need not sum to one",
        REGIONS,
        ".sum(axis=1), 1.0, rtol=0, atol=ROUNDING)",
        ".sum(axis=1), 1.0, rtol=0, atol=2)",
        T_FORGED,
    ),
    Mutant(
        "similarity floor not enforced by the check",
        CANDIDATES,
        '~(candidates["similarity"] >= settings.similarity)',
        '~(candidates["similarity"] >= settings.similarity - 1e-6)',
        T_FORGED,
    ),
    Mutant(
        "one more than the top allowed",
        CANDIDATES,
        'candidates["rank"] > settings.top',
        'candidates["rank"] > settings.top + 100',
        T_FORGED,
    ),
    Mutant(
        "removed molecules not noticed",
        CANDIDATES,
        'if len(candidates) != steps.get("kept", 0):',
        "if False:",
        T_FORGED,
        False,
    ),
    Mutant(
        "checksums not compared",
        "molconvex/runs/folder.py",
        "elif found[name] != digest:",
        "elif False:",
        T_FOLDER,
        False,
    ),
    Mutant(
        "other networks pass",
        "molconvex/runs/check_networks.py",
        "return same_networks(own, members) and",
        "return",
        T_FORGED,
        False,
    ),
    Mutant(
        "latents of leads compared loosely",
        "molconvex/runs/check_latents.py",
        "SAME_LATENT = 1e-3",
        "SAME_LATENT = 1.0",
        T_FORGED,
    ),
    # ---- concave costs, controls, and what stands beside predictions
    Mutant(
        "a cost that is concave in part passes",
        CONCAVE,
        "if minus and minus != set(members):",
        "if False and minus != set(members):",
        T_CONCAVE,
        False,
    ),
    Mutant(
        "a concave cost weighs though a tangent stands in its place",
        CONCAVE,
        "if minus & limited and weights.any():",
        "if minus & limited and (weights > 1e-6).any():",
        T_CONCAVE,
    ),
    Mutant(
        "thresholds of concave costs proved by nothing",
        "molconvex/optimize/certificate/proved_parts.py",
        "    check_concave_terms(record)\n",
        "",
        T_CONCAVE,
        False,
    ),
    Mutant(
        "orientation of the first lead alone",
        "molconvex/runs/check_networks.py",
        "return term_signs(a)[column] == term_signs(b)[column] and same_networks(",
        "return same_networks(",
        ("tests/unit/runs/test_forged_entries.py::test_another_orientation_for_the_second_lead_is_found",),
        False,
    ),
    Mutant(
        "molecules of foreign leads compared",
        "molconvex/runs/check_comparison.py",
        "    if foreign:",
        "    if foreign and False:",
        ("tests/unit/design/test_control_comparison.py",),
        False,
    ),
    Mutant(
        "a column beside a prediction taken out",
        "molconvex/runs/check_uncertainty.py",
        "sorted(stored ^ {str(column) for column in found})",
        "sorted(stored - {str(column) for column in found})",
        ("tests/unit/runs/test_own_predictions.py::test_columns_taken_out_or_added_are_noticed",),
        False,
    ),
)
