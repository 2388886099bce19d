"""Edits of molecules: pieces swapped for others seen in the same context, small changes, children of two molecules."""

from molconvex.chem.edits.editing import Edit, crossover, mutate
from molconvex.chem.edits.fragments import FragmentTable, load_fragments

__all__ = ["Edit", "FragmentTable", "crossover", "load_fragments", "mutate"]
