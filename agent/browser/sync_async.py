"""One code for both of Playwright's APIs.

What acts on a page is written once, as coroutines that `await result(...)` of whatever a
call of Playwright gives. With the asynchronous API that is to be awaited, and they run
as any coroutine does. With the other it is the result itself: then they never wait for an
event loop, and `run_synchronously` runs them to their end like plain functions.

Pages are annotated as those of the synchronous API; either may come.
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

Result = TypeVar("Result")
React = Callable[[Any], Coroutine[Any, Any, None]]


async def result(given: Result | Awaitable[Result]) -> Result:
    """What a call of either API comes to."""
    if inspect.isawaitable(given):
        return await given
    return given


def run_synchronously(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that acts by the synchronous API to its end."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return cast(Result, end.value)
    coroutine.close()
    raise RuntimeError("a page of Playwright's asynchronous API was given to a synchronous call")


def is_async(page: Page) -> bool:
    """Whether a page is of the asynchronous API, which need not be imported to know."""
    return type(page).__module__.startswith("playwright.async_api")


def handler(page: Page, react: React) -> Callable[[Any], Any]:
    """What `on`, `route` and their like take so that `react` is called.

    Where the page, or what the event is about, has gone away by then, nothing comes of it.
    """

    async def heard(event: Any) -> None:
        with suppress(PlaywrightError):
            await react(event)

    return heard if is_async(page) else lambda event: run_synchronously(heard(event))


async def pause(page: Page, seconds: float) -> None:
    """Wait, and let other tasks go on meanwhile where there are any."""
    if is_async(page):
        await asyncio.sleep(seconds)
    else:
        time.sleep(seconds)


def first_line(error: PlaywrightError) -> str:
    """What Playwright says happened, without the log of its attempts."""
    return error.message.partition("\n")[0]
