"""Mutants of files, objectives, design, fronts and surrogates."""

from scripts.mutant import Mutant

GOALS = "molconvex/objectives/goals.py"
T_ALL = ("tests/unit/test_borders.py",)
T_FRONTS = ("tests/unit/search/test_front_search.py",)
T_FILES = ("tests/unit/test_files.py",)
T_GOALS = ("tests/unit/objectives/test_goals.py",)
T_REFINED = ("tests/unit/runs/test_refined_runs.py",)
T_FORMS = ("tests/app/test_forms.py",)
T_FRONT = ("tests/unit/optimize/test_dominance.py",)

MUTANTS = (
    # ---- files
    Mutant(
        "the old run stays away after a failed swap",
        "molconvex/files.py",
        "        os.rename(old, target)\n        raise",
        "        raise",
        T_FILES,
        False,
    ),
    Mutant("nothing is flushed", "molconvex/drafts.py", "        os.fsync(handle)", "        pass", T_FILES, False),
    # ---- objectives, design, surrogates
    Mutant(
        "undecided programs decoded",
        "molconvex/objectives/goal_programs.py",
        "(Status.INFEASIBLE, Status.EMPTY_REGION, Status.UNDECIDED)",
        "(Status.INFEASIBLE, Status.EMPTY_REGION)",
        T_ALL,
    ),
    Mutant(
        "dominated molecules score as high",
        "molconvex/search/front_objective.py",
        "TILT = 0.05",
        "TILT = 0.0",
        T_FRONTS,
        False,
    ),
    Mutant(
        "range of nothing as a unit", "molconvex/search/front_objective.py", "SCALE = 1e-2", "SCALE = 1e-3", T_FRONTS
    ),
    Mutant(
        "rounds of each mix",
        "molconvex/search/front_search.py",
        "(len(mixes) - turn)), search.round,",
        "(len(mixes) - turn)), 0,",
        T_FRONTS,
    ),
    Mutant(
        "a molecule held against any bound of a front",
        "molconvex/runs/check_claims.py",
        "room.min(axis=1) + CLOSE",
        "room.min(axis=1) + 1e9",
        ("tests/unit/design/test_pareto_run.py",),
    ),
    Mutant(
        "refined predictions are not computed again",
        "molconvex/runs/check_uncertainty.py",
        "            if finer:",
        "            if finer and False:",
        T_REFINED,
        False,
    ),
    Mutant(
        "searches score by the unrefined prediction",
        "molconvex/objectives/goal_scores.py",
        "columns[name] = item.surrogate.predict_refined(z, molecules)",
        "columns[name] = item.surrogate.predict(z).numpy()",
        T_REFINED,
        False,
    ),
    Mutant(
        "leads are judged by the unrefined prediction",
        "molconvex/design/leads.py",
        "float(item.surrogate.predict_refined(lead.z[None], [lead.molecule])[0])",
        "float(item.surrogate.predict(lead.z[None])[0])",
        T_REFINED,
        False,
    ),
    Mutant(
        "properties count for nothing in a ranking",
        "molconvex/search/ranking.py",
        "    if not by_properties:\n",
        "    if True:\n",
        ("tests/unit/search/test_ranking.py",),
        False,
    ),
    Mutant(
        "the worst are told of thousands, not the best",
        "molconvex/search/ranking.py",
        "np.argsort(-scores, kind=",
        "np.argsort(scores, kind=",
        ("tests/unit/search/test_ranking.py",),
        False,
    ),
    Mutant(
        "open chains of seven atoms are grease",
        "molconvex/chem/plausibility/unstable_groups.py",
        '"~".join(["[CX4,NX3,OX2;D2;!R]"] * 8)',
        '"~".join(["[CX4,NX3,OX2;D2;!R]"] * 7)',
        ("tests/unit/chem/test_unstable_groups.py",),
    ),
    Mutant(
        "mean in place of median",
        "molconvex/surrogate/data/replicates.py",
        "float(np.median(exact))",
        "float(np.mean(exact))",
        T_ALL,
        False,
    ),
    Mutant(
        "replicates may differ more",
        "molconvex/surrogate/data/replicates.py",
        "np.ptp(exact) <= tolerance",
        "np.ptp(exact) <= 2 * tolerance",
        T_ALL,
    ),
    Mutant(
        "patience times three",
        "molconvex/surrogate/fit/train_network.py",
        "evaluations_since_best > settings.patience",
        "evaluations_since_best > 3 * settings.patience",
        T_ALL,
    ),
    Mutant(
        "patience by one",
        "molconvex/surrogate/fit/train_network.py",
        "evaluations_since_best > settings.patience",
        "evaluations_since_best >= settings.patience",
        T_ALL,
    ),
    Mutant(
        "a requirement at its threshold is missed",
        "molconvex/objectives/requirements.py",
        "value <= self.",
        "value < self.",
        ("tests/unit/objectives/test_requirements.py",),
    ),
    Mutant(
        "ties dominate",
        "molconvex/optimize/fronts/dominance.py",
        "(ranked[:, 1] < least)",
        "(ranked[:, 1] <= least)",
        T_FRONT,
    ),
    Mutant("desirability outside a window", GOALS, "TOLERANCE = 0.1", "TOLERANCE = 0.2", T_GOALS),
    Mutant(
        "cap of a CVaR without its level",
        "molconvex/icnn/aggregate.py",
        "min(1.0, 1.0 / (self.level * members))",
        "min(1.0, 1.0 / members)",
        ("tests/unit/icnn/test_aggregate.py",),
        False,
    ),
    Mutant(
        "a form that an older answer of the browser ends",
        "app/forms.py",
        'answer.get("number") == held(form).assigned',
        'answer.get("number", -1) + 1 >= held(form).assigned',
        T_FORMS,
    ),
    Mutant(
        "a form that is told once",
        "app/forms.py",
        "if not is_shown or key not in session:",
        "if key not in session:",
        T_FORMS,
    ),
    Mutant(
        "a form whose left page is not noted",
        "app/forms.py",
        "        if other != form:\n            leave(other)",
        "        pass",
        T_FORMS,
    ),
    Mutant(
        "intervals where none are asked for",
        "molconvex/surrogate/evidence/evaluation.py",
        "resamples=settings.resamples, ",
        "",
        ("tests/unit/surrogate/test_training.py",),
    ),
)
