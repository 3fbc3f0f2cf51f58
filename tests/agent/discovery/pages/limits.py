"""Pages of which `init` does not know all: other fields, or which captcha is meant."""

from __future__ import annotations

from tests.agent.discovery.pages.site import SitePage
from tests.agent.discovery.pages.sorts import PLAIN

CAPTCHA = "<img src=/picture width=310 height=80 alt=captcha>"
LOGIN = f"""<form method=post action=/><img src=/logo.png width=200 height=60 alt="Our logo">
    <label>User name <input name=user></label>
    <label>Password <input name=pass type=password></label>
    <label>Security code <input name=code></label>{CAPTCHA}
    <label><input type=checkbox required name=terms> I agree</label>
    <button>Log in</button> <a href="/register">New user? Register here</a></form>"""

# Each page, and the part of it that `init` must find.
LIMITS: dict[str, tuple[SitePage, dict[str, str]]] = {
    "a form to log in": (
        SitePage(LOGIN),
        {
            "picture": 'img[alt="captcha"]',
            "input": 'input[name="code"]',
            "submit": "button",
            "refresh": "",
        },
    ),
    "two captchas": (
        SitePage(
            PLAIN
            + PLAIN.replace("bild", "bild2")
            .replace("feld", "feld2")
            .replace("/picture", "/picture?of=2")
        ),
        {"picture": "#bild", "input": "#feld", "submit": "form:has(#bild) button"},
    ),
}
