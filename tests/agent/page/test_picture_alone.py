"""The agent takes the picture that a user sees, without what covers it, on the ground behind it."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.browser.sync_async import run_synchronously
from capslice.agent.page.elements import Elements
from capslice.agent.page.exact_picture import SEEN, ExactPicture
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.settings import Selectors
from tests.agent.conftest import Answer, Site

NONE = "default-src 'none'; img-src 'self'; frame-src 'self'; style-src-attr 'unsafe-inline'"
POLICIES = ("", f"{NONE}; style-src 'nonce-abc'; script-src 'self'")
HIGHEST = "z-index: 2147483647; background: red; inset: 0; height: 200px"
COVERS = {
    "nothing": "",
    "a fixed bar": f"<div style='position: fixed; {HIGHEST}'>bar</div>",
    "a sticky bar": f"<div style='position: sticky; isolation: isolate; {HIGHEST}'>bar</div>",
    "a dialog": f"<dialog open style='will-change: transform; {HIGHEST}'></dialog>",
    "text": "<p style='position: absolute; inset: 0; z-index: 9; font-size: 60px'>WWWWWWWW</p>",
}
CAPTCHA = """<div style="isolation: isolate; will-change: transform; margin: 10px; z-index: 0">
type: <div id="captcha" style="background: url(/opaque.png); width: 120px; height: 40px"></div>
</div>"""
OUTER = """<body style="margin: 9px">{cover}
<iframe id="outer" src="{inner}" style="{frame}"></iframe>"""
FRAMESET = '<frameset rows="60,*" border="0"><frame><frame id="outer" src="{inner}"></frameset>'
SMALL = "width: 90px; height: 30px; border: 2px solid; margin: 20.5px; transform: rotate(3deg)"
FRAMES = {
    "": (CAPTCHA,),
    "#outer": (OUTER, CAPTCHA),
    "#outer >>> #outer": (OUTER, OUTER, CAPTCHA),
    "frame#outer": (FRAMESET, CAPTCHA),
}


def png(picture: np.ndarray) -> Answer:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return Answer(content.getvalue(), kind="image/png")


@pytest.fixture(scope="module")
def opaque() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (40, 120, 3), np.uint8)


@pytest.fixture(scope="module")
def clear(opaque: np.ndarray) -> np.ndarray:
    """White letters, as it were, of which half is transparent."""
    alpha = np.where(opaque[..., :1] < 128, 0, 255).astype(np.uint8)
    return np.concatenate((np.full_like(opaque, 250), alpha), axis=2)


def take(page: Page, picture: str = "#captcha", frame: str = "") -> np.ndarray:
    elements = Elements(page, Selectors(picture=picture, frame=frame))
    taken = run_synchronously(ExactPicture(page).take(elements, 10))
    return np.asarray(Image.open(io.BytesIO(taken)).convert("RGB"))


def difference(page: Page, picture: str, frame: str = "") -> int:
    """The largest difference between the picture taken and the one on the screen."""
    element = Elements(page, Selectors(picture=picture, frame=frame)).locator("picture")
    screen = Image.open(io.BytesIO(element.screenshot())).convert("RGB")
    return int(np.abs(take(page, picture, frame) - np.asarray(screen, np.int16)).max())


def test_covers_policies_and_frames(
    browser: Browser, site: Callable[..., Site], opaque: np.ndarray
) -> None:
    answers, addresses = {"/opaque.png": png(opaque)}, {}
    for (cover, html), policy, frame in itertools.product(COVERS.items(), POLICIES, FRAMES):
        place = len(addresses)
        for depth, part in reversed([*enumerate(FRAMES[frame])]):
            # Only the innermost document has a cover, and one in front of the frame.
            body = part.format(cover=html, inner=f"/{place}-{depth + 1}", frame=SMALL)
            covered = f"{body}{html}" if part == CAPTCHA else body
            meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
            answers[f"/{place}-{depth}"] = Answer(f"<!doctype html>{meta}{covered}".encode())
        addresses[cover, policy, frame] = f"{place}-0"
    there = site(answers)
    with browser.new_context() as context:
        page = context.new_page()
        wrong = []
        for (cover, policy, frame), address in addresses.items():
            page.goto(f"{there.url}{address}")
            if not np.array_equal(take(page, frame=frame), opaque):
                wrong.append((cover, policy, frame))
    assert len(addresses) == 40
    assert wrong == []


# Layers that a browser blends in another order are rounded otherwise.
ROUNDED = 2
GROUNDS = {
    "white": "",
    "dark": "background: #123",
    "both": "background: rgba(200, 0, 0, 0.25)",
    "slope": "background: linear-gradient(90deg, #000, #00f)",
    "tiles": "background: url(/tile.png) 3px 5px",
}
PICTURES = {
    "img": '<img src="/clear.png" id="{id}" style="display: block">',
    "div": '<div id="{id}" style="background: url(/clear.png); width: 120px; height: 40px"></div>',
    "svg": """<svg id="{id}" width="120" height="40" style="display: block"
        ><path d="M10 10h50v20h-50z" fill="white"/></svg>""",
}


@pytest.mark.parametrize("body", GROUNDS.values(), ids=GROUNDS)
def test_grounds(
    body: str, browser: Browser, site: Callable[..., Site], opaque: np.ndarray, clear: np.ndarray
) -> None:
    pictures = {
        f"{kind}{place}": f'<div style="{ground}; padding: 4px">'
        f"{html.format(id=f'{kind}{place}')}</div>"
        for (kind, html), (place, ground) in itertools.product(
            PICTURES.items(), enumerate(GROUNDS.values())
        )
    }
    html = f'<!doctype html><body style="margin: 8px; {body}">{"".join(pictures.values())}'
    there = site(
        {"/": Answer(html.encode()), "/clear.png": png(clear), "/tile.png": png(opaque[:7, :9])}
    )
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(there.url)
        differences = {picture: difference(page, f"#{picture}") for picture in pictures}
    assert len(differences) == 15
    assert max(differences.values()) <= ROUNDED, differences


FILTERS = ("filter: invert(1)", "filter: contrast(3) hue-rotate(40deg)", "filter: grayscale(1)")


@pytest.mark.parametrize("kind", PICTURES)
def test_filters_that_change_colours_are_kept(
    kind: str, browser: Browser, site: Callable[..., Site], clear: np.ndarray
) -> None:
    pictures = {
        f"of{place}{inner}": f'<div style="background: #aac; {"" if inner else style}">'
        f'<div style="{style if inner else ""}">{PICTURES[kind].format(id=f"of{place}{inner}")}'
        "</div></div>"
        for (place, style), inner in itertools.product(enumerate(FILTERS), (0, 1))
    }
    html = f"<!doctype html>{''.join(pictures.values())}"
    there = site({"/": Answer(html.encode()), "/clear.png": png(clear)})
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(there.url)
        differences = {picture: difference(page, f"#{picture}") for picture in pictures}
    assert max(differences.values()) <= ROUNDED, differences


AROUND_FRAMES = {
    "filter": "filter: invert(1)",
    "filter of a ground": "filter: invert(1); background: #aac",
    "ground": "background: #123",
    "slope": "background: linear-gradient(90deg, #000, #00f)",
    "dark": "color-scheme: dark",
}


@pytest.mark.parametrize("is_foreign", [False, True], ids=["own", "foreign"])
@pytest.mark.parametrize("kind", ["img", "div"])
def test_filters_and_grounds_around_frames(
    kind: str,
    is_foreign: bool,
    browser: Browser,
    site: Callable[..., Site],
    opaque: np.ndarray,
    clear: np.ndarray,
) -> None:
    captcha = f"<div style='padding: 7px'>{PICTURES[kind].format(id='captcha')}</div>"
    answers = {"/captcha": Answer(f"<!doctype html>{captcha}".encode()), "/clear.png": png(clear)}
    there = site(answers)
    answers["/middle"] = Answer(b"<!doctype html><iframe id=inner src=/captcha></iframe>")
    for place, style in enumerate(AROUND_FRAMES.values()):
        source = f"{there.url if is_foreign else '/'}middle"
        html = f'<!doctype html><div style="{style}"><iframe id=outer src={source}></iframe></div>'
        answers[f"/{place}"] = Answer(html.encode())
    url = site(answers).url
    differences = {}
    with browser.new_context() as context:
        page = context.new_page()
        for place, name in enumerate(AROUND_FRAMES):
            page.goto(f"{url}{place}")
            differences[name] = difference(page, "#captcha", "#outer >>> #inner")
    assert max(differences.values()) <= ROUNDED, differences


def test_a_picture_in_a_shadow_tree(
    browser: Browser, site: Callable[..., Site], opaque: np.ndarray
) -> None:
    html = """<!doctype html><div style="position: fixed; inset: 0; z-index: 9">covers</div>
        <div id="host" style="transform: rotate(5deg)"></div><script>
        host.attachShadow({mode: "open"}).innerHTML = `<p style="opacity: 0.5">text
        <b id="captcha" style="display: block; background: url(/opaque.png); width: 120px;
        height: 40px; transform: scale(2)"></b></p>`</script>"""
    there = site({"/": Answer(html.encode()), "/opaque.png": png(opaque)})
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(there.url)
        before = page.content()
        assert np.array_equal(take(page), opaque)
        assert page.content() == before
        assert "around" not in page.locator("#captcha").evaluate("it => it.parentElement.outerHTML")


BELOW = "<p style='height: 9000px'></p>"
SORTS = {
    "lazy": f'{BELOW}<img id="captcha" loading="lazy" src="/opaque.png">',
    "lazy by a script": f"""{BELOW}<img id="captcha" style="min-height: 1px"><script>
        new IntersectionObserver(([it]) => {{ if (it.isIntersecting) captcha.src = "/opaque.png" }})
            .observe(captcha)</script>""",
    "object": '<object id="captcha" data="/opaque.png" width="300"></object>',
    "embed": '<embed id="captcha" src="/opaque.png" width="300">',
    "object with a document": '<object id="captcha" data="/opaque" width="300"></object>',
    "embed with a document": '<embed id="captcha" src="/opaque" width="90" height="20">',
    "input": '<form><input id="captcha" type="image" src="/opaque.png" width="300"></form>',
    "later": """<div id="captcha" style="width: 120px"></div><script>setTimeout(() => {
        captcha.innerHTML = "<img src='/opaque.png' style='display: block'>"
    }, 300)</script>""",
    "dense": '<img id="captcha" srcset="/dense.png 2x">',
}


@pytest.mark.parametrize("sort", SORTS)
def test_every_sort_of_picture(
    sort: str, browser: Browser, site: Callable[..., Site], opaque: np.ndarray
) -> None:
    dense = png(opaque.repeat(2, axis=0).repeat(2, axis=1))
    html = f"<!doctype html>{SORTS[sort]}"
    answers = {"/": Answer(html.encode()), "/opaque.png": png(opaque), "/dense.png": dense}
    answers["/opaque"] = png(opaque)  # Chromium shows it in a document, as it has no ending
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site(answers).url)
        style = page.locator("#captcha").get_attribute("style")
        assert np.array_equal(take(page), opaque)
        # Else the agent would believe that the page has replaced the picture.
        assert page.locator(f"#captcha[{SEEN}]").count() == 1
        assert page.locator("#captcha").get_attribute("style") == style


@pytest.mark.parametrize("is_row", [True, False])
def test_images_in_a_row_are_joined(
    is_row: bool, browser: Browser, site: Callable[..., Site], opaque: np.ndarray
) -> None:
    parts = {f"/{place}.png": png(opaque[:, 40 * place :][:, :40]) for place in range(3)}
    images = [f'<img src="{part}" style="vertical-align: top">' for part in parts]
    form = f"<form><p>text</p>{''.join(images)}{'' if is_row else '<br>'}{images[0]}<br>text</form>"
    answers = {"/": Answer(f"<!doctype html>{form}".encode()), **parts}
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site(answers).url)
        if is_row:
            assert np.array_equal(take(page, "img"), np.hstack((opaque, opaque[:, :40])))
            assert page.locator(f"img[{SEEN}]").count() == 4
        else:
            with pytest.raises(PlaywrightError, match="strict mode violation"):
                take(page, "img")


def test_a_screenshot_of_the_page_is_no_fresh_picture(
    visit: Callable[..., SyncCaptchaPage],
    site: Callable[..., Site],
    opaque: np.ndarray,
    tmp_path: Path,
) -> None:
    html = '<!doctype html><form><input id="captcha" type="image" src="/opaque.png"></form>'
    there = site({"/": Answer(html.encode()), "/opaque.png": png(opaque)})
    captcha_page = visit(there.url, selectors={"picture": "#captcha"})
    captcha_page.open()
    captcha_page.picture()
    run_synchronously(captcha_page.coroutines.screenshot(tmp_path / "typed.png"))
    assert captcha_page.page.locator(f"#captcha[{SEEN}]:not([style])").count() == 1
