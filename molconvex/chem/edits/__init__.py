"""Edits of molecules: pieces swapped for others seen in the same context, small changes, children of two molecules."""

from molconvex.chem.edits.editing import Edit, crossover, forget_edits, mutate
from molconvex.chem.edits.fragments import FragmentTable, load_fragments

__all__ = ["Edit", "FragmentTable", "crossover", "forget_edits", "load_fragments", "mutate"]
