"""The captcha's picture exactly as it was served, whatever the page does to it.

An element's screenshot is not the element's pixels: at a half-pixel offset it is
a pixel too large, and under CSS zoom or on a display of scale 2 it is resampled.
So for the moment of the shot the picture is pinned to the corner of the page in
its natural size, and whatever its ancestors would do to it is undone.
"""

from __future__ import annotations

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from agent.errors import ElementNotFound, PictureNotShown

# An element that carries this attribute has been seen. It loses the attribute as
# soon as the page changes it, so that what is fresh can be told from what is not.
SEEN = "data-capslice-seen"
PICTURE = "picture"

MARK_SEEN = f"""
(element, what) => {{
    element.setAttribute("{SEEN}", what);
    new MutationObserver((changes, observer) => {{
        observer.disconnect();
        element.removeAttribute("{SEEN}");
    }}).observe(element, {{
        attributes: true, attributeFilter: ["src", "srcset", "style", "class", "hidden"],
        childList: true, characterData: true, subtree: true,
    }});
}}
"""

# Waits for an <img> to be loaded and decoded, then marks it. Returns what is wrong.
PREPARE = f"""
async (element, milliseconds) => {{
    if (element instanceof HTMLImageElement) {{
        const late = new Promise(resolve => setTimeout(resolve, milliseconds, "is still loading"));
        const loaded = element.decode().then(() => "", () => "cannot be decoded");
        const problem = await Promise.race([loaded, late]);
        if (problem) return problem;
    }}
    ({MARK_SEEN})(element, "{PICTURE}");
    return "";
}}
"""

PLAIN = """
    transform: none !important; translate: none !important; rotate: none !important;
    scale: none !important; zoom: 1 !important; perspective: none !important;
    filter: none !important; backdrop-filter: none !important; opacity: 1 !important;
    mix-blend-mode: normal !important; clip-path: none !important; mask: none !important;
    overflow: visible !important; visibility: visible !important;
    contain: none !important; container-type: normal !important;
    content-visibility: visible !important; will-change: auto !important;
    animation: none !important; transition: none !important;
"""
STYLE = f"""
:root, body, :has([{SEEN}="{PICTURE}"]) {{ {PLAIN} }}
[{SEEN}="{PICTURE}"] {{
    {PLAIN}
    position: fixed !important; inset: 0 auto auto 0 !important; z-index: 2147483647 !important;
    width: auto !important; height: auto !important;
    min-width: 0 !important; min-height: 0 !important;
    max-width: none !important; max-height: none !important;
    margin: 0 !important; padding: 0 !important; border: 0 !important;
    border-radius: 0 !important; box-shadow: none !important; outline: 0 !important;
    object-fit: fill !important;
}}
"""


def take_picture(element: Locator, name: str, timeout: float) -> bytes:
    """A PNG of `element` in its natural size, one pixel for each of its own.

    `name` is what to call the element in an error; `timeout` is in seconds.

    Raises ElementNotFound where there is not exactly one such element, and
    PictureNotShown where it does not load or cannot be photographed in time.
    """
    milliseconds = timeout * 1000
    try:
        problem = element.evaluate(PREPARE, milliseconds, timeout=milliseconds)
    except PlaywrightTimeout:
        raise ElementNotFound(
            f"{name} matches nothing within {timeout:g} s: correct the selector"
        ) from None
    if problem:
        raise PictureNotShown(f"the picture at {name} {problem} after {timeout:g} s")
    try:
        return element.screenshot(style=STYLE, scale="css", timeout=milliseconds)
    except PlaywrightTimeout as error:
        raise PictureNotShown(
            f"the picture at {name} cannot be photographed: {first_line(error)}"
        ) from None


def first_line(error: PlaywrightError) -> str:
    """What Playwright says happened, without the log of its attempts."""
    return error.message.partition("\n")[0]
