"""Pareto fronts around leads: what two or three goals cost each other, predicted with proofs and then measured."""
