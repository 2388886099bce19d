"""Proposers: where new molecules come from; each behind one protocol, and open to plug-ins."""

from molconvex.search.proposers.certified_programs import CertifiedPrograms
from molconvex.search.proposers.graph_ga import GraphGA
from molconvex.search.proposers.latent_moves import LatentMoves
from molconvex.search.proposers.molecular_edits import Crossover, MolecularEdits
from molconvex.search.proposers.proposer import Proposed, Proposer
from molconvex.search.proposers.random_directions import RandomDirections
from molconvex.search.proposers.reference_neighbors import ReferenceNeighbors

__all__ = [
    "CertifiedPrograms",
    "Crossover",
    "GraphGA",
    "LatentMoves",
    "MolecularEdits",
    "Proposed",
    "Proposer",
    "RandomDirections",
    "ReferenceNeighbors",
]
