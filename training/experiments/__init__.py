"""The experiments of the article and of what it left open: rows, runs, and the report."""

from capslice.training.experiments.on_ray import LOCAL, on_ray
from capslice.training.experiments.report import write_report
from capslice.training.experiments.rows import ROWS, Row
from capslice.training.experiments.running import Experiments, Failure, Outcome, one_by_one

__all__ = [
    "LOCAL",
    "ROWS",
    "Experiments",
    "Failure",
    "Outcome",
    "Row",
    "on_ray",
    "one_by_one",
    "write_report",
]
