"""Lets one code serve both of Playwright's APIs.

Code that acts on a page is written once, as coroutines that `await result(...)` around each call
of Playwright. With the asynchronous API, the call returns an awaitable. With the synchronous API,
it returns the result itself; the coroutine then never waits for an event loop, and
`run_synchronously` runs it like a plain function.

Annotations name the classes of the synchronous API; objects of either API are accepted.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar, cast

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from capslice.agent.rules.redaction import redacted_text

Result = TypeVar("Result")
React = Callable[[Any], Coroutine[Any, Any, None]]


async def result(returned: Result | Awaitable[Result]) -> Result:
    """The result of a call of either API, given what the call returned."""
    if inspect.isawaitable(returned):
        return await returned
    return returned


def run_synchronously(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that uses only the synchronous API, and return its result.

    Raises RuntimeError if it waits for an event loop.
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        return cast(Result, end.value)
    coroutine.close()
    raise RuntimeError("a synchronous call got a page of Playwright's asynchronous API")


def is_async(page: Page) -> bool:
    """Whether the page belongs to the asynchronous API. Does not import that API."""
    return type(page).__module__.startswith("playwright.async_api")


def handler(page: Page, react: React) -> Callable[[Any], Any]:
    """A handler for `on`, `route` and the like that calls `react` with the event.

    It ignores Playwright's errors: the page, or the object of the event, may be gone by then.
    """

    async def handle(event: Any) -> None:
        with suppress(PlaywrightError):
            await react(event)

    def handle_synchronously(event: Any) -> None:
        with suppress(asyncio.CancelledError):  # by a time limit
            run_synchronously(handle(event))

    return handle if is_async(page) else handle_synchronously


async def pause(page: Page, seconds: float) -> None:
    """Wait. With the asynchronous API, other tasks run meanwhile."""
    if is_async(page):
        await asyncio.sleep(seconds)
    else:
        time.sleep(seconds)


def first_line(error: PlaywrightError) -> str:
    """The first line of Playwright's message, without the log that follows and without secrets."""
    return redacted_text(error.message.partition("\n")[0])
