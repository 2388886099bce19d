"""`check_run`: is the folder of a run what was written, and is what was written true?

Checked are the checksum of every file and the signature if there is one; every certificate with the independent
checker; that networks, regions, weights, thresholds and aggregates are those of the settings; that the tables agree
with the certificates and with each other; every measured property with RDKit; and, where the run's latent model is at
hand, the latents of leads and molecules. What could not be checked is named in `CheckReport.unverified`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from molconvex.latent import LatentModel
from molconvex.runs.check_candidate_files import file_problems
from molconvex.runs.check_candidates import candidate_problems
from molconvex.runs.check_claims import claim_problems
from molconvex.runs.check_comparison import FILE as COMPARISON
from molconvex.runs.check_comparison import comparison_problems, is_measured
from molconvex.runs.check_fronts import ParetoTables, front_problems, measured_problems
from molconvex.runs.check_latents import (
    candidate_latent_problems,
    lead_latent_problems,
    model_of,
)
from molconvex.runs.check_leads import lead_problems
from molconvex.runs.check_networks import network_problems, what_was_compared
from molconvex.runs.check_oracles import oracle_problems, unverified_oracles
from molconvex.runs.check_path import check_path
from molconvex.runs.check_programs import program_problems
from molconvex.runs.check_report import CheckReport
from molconvex.runs.folder import (
    GENERATION,
    PARETO,
    PATH,
    RECORD,
    SIGNATURE,
    checksum_problems,
    read_record,
    record_problems,
    unknown_files,
)
from molconvex.runs.signature import can_verify, read_public_key, signature_problems, signing_key
from molconvex.runs.stored_tables import ORACLES, StoredTables

__all__ = ["CheckReport", "check_run"]


def check_run(
    folder: str | Path, *, latent_model: LatentModel | None = None, public_key: str | Path | None = None
) -> CheckReport:
    """Verify a finished run without trusting what made it.

    Args:
        folder: Written by `write_run`.
        latent_model: That of the run, where its settings do not name it; ignored if it is another one.
        public_key: File of the ed25519 key with which the run must be signed; without it, a signature that is there is
            checked against the key that it names.

    Raises:
        DataError: If the folder is no run at all.
        ConfigError: If the file of the public key cannot be used.
    """
    folder = Path(folder)
    record = read_record(folder)
    report = CheckReport(folder)
    report.add("run.json has the checksum it was written with", lambda: record_problems(record), RECORD)
    report.add(lambda: f"checksums of {len(record['files'])} files", lambda: checksum_problems(folder, record), RECORD)
    _check_signature(folder, report, None if public_key is None else read_public_key(public_key))
    report.unverified += [f"{name}: not a file of this run" for name in unknown_files(folder, record)]
    with report.reading(RECORD):
        CHECKS[record["format"]](folder, record, report, latent_model)
    return report


def _check_signature(folder: Path, report: CheckReport, wanted: bytes | None) -> None:
    if wanted is None and not (folder / SIGNATURE).is_file():
        report.unverified.append("who made this run: it is not signed, and checksums prove nothing about origin")
    elif not can_verify():
        report.unverified.append("the signature: install molconvex[sign] to check it")
    else:
        report.add(
            lambda: f"signature by the key {signing_key(folder)}", lambda: signature_problems(folder, wanted), SIGNATURE
        )


def check_tables(tables: StoredTables, report: CheckReport, latent_model: LatentModel | None) -> None:
    """Leads, certificates, programs, networks, latents and candidates of a run."""
    report.add(
        lambda: f"{len(tables.leads)} leads, as standardized from the settings",
        lambda: lead_problems(tables, report),
        "leads.csv",
    )
    report.add(
        lambda: (
            f"certificates of {report.certificates} programs, each checked, and programs.csv agrees with them; "
            f"certified means a gap of at most {tables.settings.gap_tol:g}"
        ),
        lambda: program_problems(tables, report),
        "programs.csv",
    )
    compared: list[str] = []
    report.add(
        lambda: what_was_compared(compared, len(tables.entries)),
        lambda: network_problems(tables, report, compared),
        RECORD,
    )
    report.add(
        lambda: (
            f"properties, similarities, alerts and desirabilities of {len(tables.candidates)} candidates, "
            "and candidates.csv agrees with programs.csv"
        ),
        lambda: candidate_problems(tables),
        "candidates.csv",
    )
    report.add(
        "candidates.parquet and candidates.sdf hold what candidates.csv holds",
        lambda: file_problems(tables),
        "candidates.parquet, candidates.sdf",
    )
    if tables.oracle_names:
        report.add(
            lambda: f"{len(tables.oracle_answers)} answers of oracles, and the tables agree with them",
            lambda: oracle_problems(tables),
            ORACLES,
        )
        report.unverified += unverified_oracles(tables)
    report.add(
        lambda: f"what is proved about {len(tables.candidates)} candidates at their own latents",
        lambda: claim_problems(tables),
        "candidates.csv",
    )
    _check_latents(tables, report, latent_model)
    report.unverified += [
        "report.html: what it shows",
        "which molecules were found, how often, and that none was left out",
        "which analogues span a hull",
        "leads.csv: radius",
        "candidates.csv: plausibility, novel, proposer, parents and round",
    ]


def _check_latents(tables: StoredTables, report: CheckReport, latent_model: LatentModel | None) -> None:
    model = model_of(tables.record, latent_model)
    if model is None:
        report.unverified.append("latents of leads and molecules: the run's latent model is not at hand")
        return
    report.add(
        "programs are posed around the latents of their leads",
        lambda: lead_latent_problems(tables, model),
        "certificates",
    )
    report.add(
        "latents of molecules",
        lambda: candidate_latent_problems(tables, model),
        "candidates.csv",
    )


def _check_generation(
    folder: Path, record: dict[str, Any], report: CheckReport, latent_model: LatentModel | None
) -> None:
    tables = StoredTables(folder, record)
    check_tables(tables, report, latent_model)
    if tables.settings.control is None and (folder / COMPARISON).is_file():
        report.problems.append(f"{COMPARISON}: the settings ask for no control")
    elif tables.settings.control is not None and (record["status"] == "complete" or (folder / COMPARISON).is_file()):
        report.add(
            lambda: (
                f"{COMPARISON}: search and control {tables.settings.control} "
                f"{'judged alike, ' if is_measured(tables) else ''}within the same budget"
            ),
            lambda: comparison_problems(tables, report),
            COMPARISON,
        )
        report.unverified.append(f"{COMPARISON}: that the control was searched as said")
        if not is_measured(tables):
            report.unverified.append(f"{COMPARISON}: desirability and hits, which rest on predictions or oracles")


def _check_pareto(folder: Path, record: dict[str, Any], report: CheckReport, latent_model: LatentModel | None) -> None:
    tables = ParetoTables(folder, record)
    check_tables(tables, report, latent_model)
    report.add(
        lambda: f"sandwich gap and hypervolume of {len(record['fronts'])} fronts, and front.csv",
        lambda: front_problems(tables),
        "front.csv",
    )
    report.add(
        lambda: f"{len(tables.read('molecules.csv'))} measured molecules that no other dominates",
        lambda: measured_problems(tables),
        "molecules.csv",
    )
    report.unverified.append("front-N.svg: what they show")


CHECKS: dict[str, Callable[[Path, dict[str, Any], CheckReport, LatentModel | None], None]] = {
    GENERATION: _check_generation,
    PARETO: _check_pareto,
    PATH: check_path,
}
"""By the format that run.json names, what is checked beyond the checksums."""
