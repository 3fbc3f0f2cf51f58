"""Arbitrary reports of audits: every one that the data classes allow."""

from __future__ import annotations

from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from capslice.agent.audit.report.figures import MOST, Rate
from capslice.agent.audit.report.report import Report


def any_report(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Report]:
    """Any report that the data classes allow, with `texts` as its texts."""
    return _any(Report, [], texts)


def _any(kind: Any, limits: list[Any], texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """A strategy for the annotation of a pydantic field, within `ge` and `le` of its metadata."""
    origin, inner = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if origin is Annotated:
        found = [m for field in inner[1:] for m in getattr(field, "metadata", [field])]
        return _any(inner[0], [*limits, *found], texts)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (Union, UnionType):
        return st.one_of(*(_any(each, limits, texts) for each in inner))
    if origin is tuple:
        return st.lists(_any(inner[0], [], texts), max_size=4).map(tuple)
    if origin is dict:
        return st.dictionaries(texts, _any(inner[1], [], texts), max_size=3)
    if kind is Rate:  # the one class with a rule for two fields
        counts, shares = st.tuples(*2 * [st.integers(0, MOST)]), st.floats(0, 1)
        return st.builds(
            lambda pair, *three: Rate(
                count=min(pair),
                of=max(pair),
                **dict(zip(("rate", "low", "high"), three, strict=True)),
            ),
            *(counts, shares, shares, shares),
        )
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields: dict[str, FieldInfo] = kind.model_fields
        return st.builds(
            kind,
            **{name: _any(f.annotation, f.metadata, texts) for name, f in fields.items()},
        )
    low = next((m.ge for m in limits if hasattr(m, "ge")), None)
    high = next((m.le for m in limits if hasattr(m, "le")), None)
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(low, high if high is not None else 2**60)
    if kind is float:
        return st.floats(low, high, allow_nan=False, allow_infinity=False)
    if kind is str:
        return texts
    if kind is NoneType:
        return st.none()
    leaves = st.one_of(st.none(), st.booleans(), st.integers(), texts)
    return st.recursive(leaves, lambda inside: st.dictionaries(texts, inside, max_size=3))
