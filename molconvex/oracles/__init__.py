"""Oracles: programs and plug-ins of the user's own that measure a molecule; cached, limited in time, tried again."""

from molconvex.oracles.answers import Answer
from molconvex.oracles.oracle import Oracle
from molconvex.oracles.settings import OracleSettings, check_oracles

__all__ = ["Answer", "Oracle", "OracleSettings", "check_oracles"]
