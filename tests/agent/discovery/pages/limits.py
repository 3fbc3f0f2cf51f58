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

# No markup says that something opens the captcha, or that another step comes before it.
OPENED = f"""<a href="/help">Help</a> <a href="#" id=apply>Apply</a>
    <div id=box hidden>{PLAIN}</div>
    <script>apply.onclick = () => {{ box.hidden = false; return false }}</script>"""
TWO_STEPS = f"""<p id=first><label>E-mail <input type=email name=mail></label>
    <button type=button id=next disabled>Continue</button></p><div id=second hidden>{PLAIN}</div>
    <script>const mail = document.querySelector("[name=mail]");
    mail.onkeyup = () => next.disabled = !mail.value;
    next.onclick = () => {{ first.hidden = true; second.hidden = false }}</script>"""
# Each page that shows its captcha after a step, and what `init` says that may lead to it.
STEPS = {
    "behind a link of a script": (SitePage(OPENED), "#apply"),
    "the second step of a form": (SitePage(TWO_STEPS), "#next"),
}

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
    "a list and a choice": (
        SitePage(f"""<form method=post action=/check><label>Country <select name=land required>
            <option value="">-</option><option value=at>Austria</option></select></label>
            <label><input type=radio name=kind value=a required> Private</label>
            <label><input type=radio name=kind value=b required> Business</label>
            {CAPTCHA}<input name=code><button>Send</button></form>"""),
        {"picture": 'img[alt="captcha"]', "input": 'input[name="code"]'},
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
