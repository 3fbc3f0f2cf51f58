"""All pages that `init` must understand: those of the tests, and the mock page in its variants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from functools import partial
from typing import get_args, get_type_hints

from capslice.training.mock_page import MockPage, Switches, Variant
from capslice.training.pictures import EllipseCaptcha
from tests.agent.discovery.pages import site
from tests.agent.discovery.pages.details import DETAILS
from tests.agent.discovery.pages.languages import LANGUAGES
from tests.agent.discovery.pages.limits import LIMITS, STEPS
from tests.agent.discovery.pages.markup import MARKUP
from tests.agent.discovery.pages.moments import MOMENTS
from tests.agent.discovery.pages.site import SitePage
from tests.agent.discovery.pages.sorts import SORTS
from tests.agent.judgement import sites
from tests.training.mock_page.browser_visitor import COMBINED, name_of

Serve = Callable[[bool], AbstractContextManager[str]]


@dataclass(frozen=True)
class Case:
    """A page of a group. `serve` yields its address; with True it rejects all answers."""

    group: str
    name: str
    serve: Serve


def cases() -> Iterator[Case]:
    """All pages, group by group."""
    singles = (Variant(**{name: value}) for name, value in _other_values())
    for variant in (Variant(), *singles, *COMBINED):
        yield Case("The mock page", name_of(variant), partial(_mock_page, variant))
    for way in sites.WAYS:
        yield Case("Ways to show a verdict", way, partial(_judging, way))
    groups: Mapping[str, Mapping[str, tuple[SitePage, object]]] = {
        "Moments, and changes of the field": MOMENTS,
        "Pictures and places": SORTS,
        "Forms of other sites": MARKUP,
        "Languages, under neutral names": LANGUAGES,
        "Details of forms": DETAILS,
        "Forms that need a person": {**LIMITS, **STEPS},
    }
    for group, pages in groups.items():
        for name, (page, _) in pages.items():
            yield Case(group, name, partial(_form, page))


def _other_values() -> Iterator[tuple[str, object]]:
    """Each switch of the mock page with each value that is not its default."""
    kinds = get_type_hints(Variant)
    for field in fields(Variant):
        for value in get_args(kinds[field.name]) or (True,):
            if value != field.default:
                yield field.name, value


@contextmanager
def _mock_page(variant: Variant, rejects_all: bool) -> Iterator[str]:
    switches = Switches(reject_all=rejects_all)
    with MockPage(EllipseCaptcha(), switches, variant=variant, seed=1) as page:
        yield page.url


@contextmanager
def _judging(way: str, rejects_all: bool) -> Iterator[str]:
    accepts: sites.Accepts = "none" if rejects_all else "right"
    with sites.serve(EllipseCaptcha(), way, accepts) as there:
        yield there.url


def _form(page: SitePage, rejects_all: bool) -> AbstractContextManager[str]:
    return site.serve(page, rejects_all=rejects_all)
