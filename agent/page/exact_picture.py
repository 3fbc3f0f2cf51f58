"""The captcha's picture exactly as it was served, whatever the page does to it.

An element's screenshot is not the element's pixels: at a half-pixel offset it is
a pixel too large, and under CSS zoom or on a display of scale 2 it is resampled.
So for the moment of the shot the picture is pinned to the corner of the page in
its natural size, and whatever its ancestors would do to it is undone. Where it lies is known
then, so that the shot is of that part of the page: Playwright would first watch an element for
two frames, to see whether it moves.
"""

from __future__ import annotations

from typing import TypedDict

from playwright.sync_api import FloatRect, Locator
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from capslice.agent.browser.sync_async import first_line, result
from capslice.errors import ElementNotFound, PictureNotShown

# An element that carries this attribute has been seen. It loses the attribute as
# soon as the page changes it, so that what is fresh can be told from what is not.
SEEN = "data-capslice-seen"
PICTURE = "picture"
KNOWN = "known"
FRAME = "data-capslice-frame"  # the iframe that a picture is in

# What a canvas shows; nothing where a picture from elsewhere has made that a secret.
PAINTED = """
const painted = canvas => { try { return canvas.toDataURL(); } catch { return ""; } };
const frame = () => new Promise(requestAnimationFrame);
"""

MARK_SEEN = f"""
(element, what) => {{
    {PAINTED}
    element.setAttribute("{SEEN}", what);
    const changed = () => element.removeAttribute("{SEEN}");
    // Of a canvas that is painted anew, nothing tells but what it shows, from frame to frame.
    const watch = async before => {{
        const same = () => element.isConnected && painted(element) === before;
        while (element.hasAttribute("{SEEN}") && same()) await frame();
        changed();
    }};
    if (what === "{KNOWN}" && element instanceof HTMLCanvasElement) watch(painted(element));
    new MutationObserver((changes, observer) => {{
        observer.disconnect();
        changed();
    }}).observe(element, {{
        attributes: true,
        attributeFilter: ["src", "srcset", "style", "class", "hidden", "href", "xlink:href"],
        childList: true, characterData: true, subtree: true,
    }});
}}
"""

# Waits until what the element shows is loaded and decoded, then marks the element. Returns
# what is wrong, which size its style is to have (a CSS background and an inline SVG have none of
# their own), and how many pixels that is, if it is shown where the style reaches.
PREPARE = f"""
async (element, milliseconds) => {{
    {PAINTED}
    const failed = "cannot be decoded";
    // A picture that was cut off is complete to `decode`, but not to this.
    const whole = image => createImageBitmap(image).then(made => (made.close(), ""), () => failed);
    const changed = changing => new Promise(resolve => new MutationObserver((_, observer) => {{
        observer.disconnect();
        resolve("changed");
    }}).observe(changing, {{attributes: true}}));
    // Without a source yet, an <img> is `complete`, and not to be decoded.
    const sourced = async image => {{
        while (image.matches("img:not([src], [srcset], picture *)")) await changed(image);
    }};
    // `decode` waits for what is still to come, but also for a frame.
    const decoded = image => sourced(image).then(() =>
        image.complete ? whole(image) : image.decode().then(() => whole(image), () => failed));
    // A background has no event of its own; its loading has an end, unless another one comes.
    const arrived = url => new Promise(resolve => new PerformanceObserver((list, observer) => {{
        const entry = list.getEntriesByName(url)[0];
        if (!entry) return;
        observer.disconnect();
        resolve(entry.responseStatus >= 400 ? failed : "");
    }}).observe({{type: "resource", buffered: true}}));
    const background = async () => {{
        const url = /^url\\("(https?:.*)"\\)$/.exec(getComputedStyle(element).backgroundImage);
        const outcome = url ? await Promise.race([arrived(url[1]), changed(element)]) : "";
        return outcome === "changed" ? background() : outcome;
    }};
    // One that is drawn on by other means than these may seem blank at any time.
    const plain = canvas => {{
        try {{ return canvas.getContext("2d") !== null; }} catch {{ return false; }}
    }};
    // Until its script has come to it, a canvas is blank.
    const blank = canvas => {{
        const other = document.createElement("canvas");
        [other.width, other.height] = [canvas.width, canvas.height];
        return painted(canvas) === painted(other) && plain(canvas);
    }};
    const filled = async canvas => {{
        while (blank(canvas)) await frame();
        return "";
    }};
    const natural = element instanceof HTMLImageElement || element instanceof HTMLCanvasElement;
    const loading = [];
    if (element instanceof HTMLImageElement) loading.push(decoded(element));
    if (element instanceof HTMLCanvasElement) loading.push(filled(element));
    if (!natural) {{
        loading.push(...[...element.querySelectorAll("img, image")].map(decoded));
        loading.push(background());
    }}
    const tooLong = `is still loading after ${{milliseconds / 1000}} s`;
    const late = new Promise(resolve => setTimeout(resolve, milliseconds, [tooLong]));
    const problems = await Promise.race([Promise.all(loading), late]);
    const problem = problems.find(each => each) ?? "";
    if (!problem) ({MARK_SEEN})(element, "{PICTURE}");
    // The style does not reach into a shadow tree.
    const shown = element.getClientRects().length > 0 && element.getRootNode() === document;
    const svg = element instanceof SVGSVGElement;
    const [width, height] = element instanceof HTMLImageElement
        ? [element.naturalWidth, element.naturalHeight]
        : natural ? [element.width, element.height]
        : svg ? [element.width.baseVal.value, element.height.baseVal.value]
        : [element.offsetWidth, element.offsetHeight];
    return {{
        problem,
        width: natural ? "auto" : `${{width}}px`,
        height: natural ? "auto" : `${{height}}px`,
        size: {{width: shown ? Math.ceil(width) : 0, height: shown ? Math.ceil(height) : 0}},
    }};
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
CORNER = """
    position: fixed !important; inset: 0 auto auto 0 !important; z-index: 2147483647 !important;
    max-width: none !important; max-height: none !important;
    margin: 0 !important; padding: 0 !important; border: 0 !important;
    border-radius: 0 !important; box-shadow: none !important; outline: 0 !important;
"""
STYLE = f"""
:root, body, :has([{SEEN}="{PICTURE}"]), :has([{FRAME}]) {{ {PLAIN} }}
[{SEEN}="{PICTURE}"] {{
    {PLAIN} {CORNER}
    width: WIDTH !important; height: HEIGHT !important;
    min-width: 0 !important; min-height: 0 !important; object-fit: fill !important;
}}
[{FRAME}] {{
    {PLAIN} {CORNER}
    min-width: 100vw !important; min-height: 100vh !important;
}}
"""


class _Size(TypedDict):
    width: float
    height: float


class _Prepared(TypedDict):
    problem: str
    width: str
    height: str
    size: _Size


async def take_picture(
    element: Locator, name: str, timeout: float, frame: Locator | None = None
) -> bytes:
    """A PNG of `element` in its natural size, one pixel for each of its own.

    `name` is what to call the element in an error; `timeout` is in seconds; `frame`
    is the iframe that the element is in, if it is in one.

    Raises ElementNotFound where there is not exactly one such element, and
    PictureNotShown where it does not load or cannot be photographed in time.
    """
    milliseconds = timeout * 1000
    try:
        if frame:
            mark = f"frame => frame.setAttribute('{FRAME}', '')"
            await result(frame.evaluate(mark, timeout=milliseconds))
        prepared: _Prepared = await result(
            element.evaluate(PREPARE, milliseconds, timeout=milliseconds)
        )
    except PlaywrightTimeout:
        raise ElementNotFound(
            f"{name} matches nothing within {timeout:g} s: correct the selector"
        ) from None
    if prepared["problem"]:
        raise PictureNotShown(f"the picture at {name} {prepared['problem']}")
    style = STYLE.replace("WIDTH", prepared["width"]).replace("HEIGHT", prepared["height"])
    try:
        return await _shot(element, prepared["size"], style, milliseconds)
    except PlaywrightTimeout as error:
        raise PictureNotShown(
            f"the picture at {name} cannot be photographed: {first_line(error)}"
        ) from None


async def _shot(element: Locator, size: _Size, style: str, milliseconds: float) -> bytes:
    page = element.page
    window = page.viewport_size
    if window and 0 < size["width"] <= window["width"] and 0 < size["height"] <= window["height"]:
        clip: FloatRect = {"x": 0, "y": 0, **size}
        return await result(
            page.screenshot(clip=clip, style=style, scale="css", timeout=milliseconds)
        )
    # Not shown yet, larger than the window, or in a shadow tree.
    return await result(element.screenshot(style=style, scale="css", timeout=milliseconds))
