"""Captchas that are shown late, deep, large, small, in pieces, or without any words."""

from __future__ import annotations

from tests.agent.discovery.pages.site import DIGITS, SitePage

FORM = """<form method=post action=/check>
<img id=bild src=/picture width={w} height={h} alt="{alt}">
<input id=feld name=feld><button>Ok</button></form>"""
PLAIN = FORM.format(w=310, h=80, alt="captcha")
OBJECT = "<object id=bild title=captcha data=/picture width=310 height=80></object><i title"
ROW = "".join(f"<img src=/digit/{place}>" for place in range(DIGITS))
LATE = "<div id=later></div><script>setTimeout(() => later.innerHTML = `{}`, 1500)</script>"
CHECKING = "<p>Checking your browser</p><script>setTimeout(() => location = '/form', 1500)</script>"

# Each page, and what `init` finds other than usual.
SORTS: dict[str, tuple[SitePage, dict[str, str]]] = {
    "no words": (SitePage(FORM.format(w=310, h=80, alt="")), {}),
    "large": (SitePage(FORM.format(w=640, h=160, alt="captcha")), {}),
    "small": (SitePage(FORM.format(w=48, h=16, alt="captcha")), {}),
    "late": (SitePage(LATE.format(PLAIN)), {}),
    "behind a page that checks the browser": (SitePage(CHECKING, others={"form": PLAIN}), {}),
    "a row of images": (
        SitePage(
            f"<form method=post action=/check><p id=bild style='display: inline-flex'>{ROW}</p>"
            "Captcha: <input id=feld name=feld><button>Ok</button></form>"
        ),
        {},
    ),
    "embed": (SitePage(PLAIN.replace("<img", "<embed")), {}),
    "object": (SitePage(PLAIN.replace("<img id=bild src", OBJECT)), {}),
    "nested frames": (
        SitePage(
            "<iframe id=outer src=/outer width=600 height=400></iframe>",
            others={
                "outer": "<iframe id=inner src=/inner width=500 height=300></iframe>",
                "inner": PLAIN,
            },
        ),
        {"frame": "#outer >>> #inner"},
    ),
    "in a dialog": (
        SitePage(
            f"""<button id=open onclick="box.showModal()">Renew</button><dialog id=box>{PLAIN}
            </dialog>"""
        ),
        {"submit": "form button"},
    ),
}
