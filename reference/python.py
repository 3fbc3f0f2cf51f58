"""The public names of `capslice`, as data for a page: each with its signature and docstring."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from types import NoneType
from typing import Any

from pydantic import BaseModel

import capslice

PLAIN = (str, int, float, NoneType, type(inspect.Parameter.empty))


@dataclass(frozen=True)
class Entry:
    """A section of the page: a function, a class, or a member of a class."""

    name: str
    signature: str
    text: str
    members: tuple[Entry, ...] = ()


class Unquoted(str):
    """An annotation that is shown without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def entries() -> Iterator[Entry]:
    """Every public name but `__version__`, in the order of `capslice.__all__`."""
    for name in capslice.__all__:
        if not name.startswith("__"):
            yield _entry(name, getattr(capslice, name))


def _entry(name: str, found: Any) -> Entry:
    members = tuple(_members(found)) if inspect.isclass(found) else ()
    return Entry(name, _signature(name, found), _text(found), members)


def _members(found: type) -> Iterator[Entry]:
    inherited = {name for base in found.__bases__ for name in dir(base)}
    for name, member in vars(found).items():
        if name.startswith("_") or name in inherited:
            continue
        if isinstance(member, property):
            yield Entry(name, name, _text(member))
        elif inspect.isfunction(member):
            yield Entry(name, _signature(name, member), _text(member))
        elif isinstance(member, classmethod):
            yield Entry(name, _signature(name, member.__func__), _text(member.__func__))


def _signature(name: str, found: Any) -> str:
    """As a caller writes it: without `self`, and `...` for a default that is no plain value."""
    if inspect.isclass(found) and issubclass(found, (BaseModel, Enum, Exception)):
        return f"class {name}"
    signature = inspect.signature(found)
    parameters = [
        each.replace(
            annotation=_unquoted(each.annotation),
            default=each.default if isinstance(each.default, PLAIN) else ...,
        )
        for each in signature.parameters.values()
        if each.name not in ("self", "cls")
    ]
    returned = _unquoted(signature.return_annotation)
    shown = str(signature.replace(parameters=parameters, return_annotation=returned)).replace(
        "Ellipsis", "..."
    )
    if inspect.isclass(found):
        return f"class {name}{shown.partition(' ->')[0]}"
    return f"async {name}{shown}" if inspect.iscoroutinefunction(found) else f"{name}{shown}"


def _unquoted(annotation: Any) -> Unquoted:
    written = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return Unquoted(written)


def _text(found: Any) -> str:
    """The docstring. Its indented parts are tables of fields, which stay as they are."""
    return inspect.cleandoc(inspect.getdoc(found) or "")
