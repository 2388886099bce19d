"""The report of a run: one HTML file that needs nothing else, to read, print and pass on."""

from molconvex.runs.report.candidate_page import render_report

__all__ = ["render_report"]
