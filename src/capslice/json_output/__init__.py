"""The JSON that each command prints with `--json`.

These types are what `docs/reference/json.md` and its schemas are made from. `report` and `audit`
print an audit's report (`capslice.agent.audit.report`), and `compare` prints a comparison, which
have models of their own; so does `export`, which prints a model's card.
"""

from capslice.json_output.fitting import (
    CurvePointJson,
    FitJson,
    NeededJson,
    RoundJson,
    ValidationJson,
)
from capslice.json_output.learning import LearnJson, RateJson, ReachedJson, SegmentJson
from capslice.json_output.page import (
    AttemptJson,
    CandidateJson,
    CheckJson,
    CollectionJson,
    FindingJson,
    InitJson,
    JournalJson,
    SolutionJson,
    StatusesJson,
)
from capslice.json_output.reading import (
    CalibrationJson,
    EvaluationJson,
    LengthJson,
    MisreadingJson,
    ReadingJson,
)

__all__ = [
    "AttemptJson",
    "CalibrationJson",
    "CandidateJson",
    "CheckJson",
    "CollectionJson",
    "CurvePointJson",
    "EvaluationJson",
    "FindingJson",
    "FitJson",
    "InitJson",
    "JournalJson",
    "LearnJson",
    "LengthJson",
    "MisreadingJson",
    "NeededJson",
    "RateJson",
    "ReachedJson",
    "ReadingJson",
    "RoundJson",
    "SegmentJson",
    "SolutionJson",
    "StatusesJson",
    "ValidationJson",
]
