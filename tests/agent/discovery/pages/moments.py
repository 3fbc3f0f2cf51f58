"""Pages that show a verdict for a moment, or at the field itself."""

from __future__ import annotations

from tests.agent.discovery.pages.site import SitePage

FIELDS = """<img id=captcha src=/picture width=310 height=80 alt=captcha>
    <input id=answer name=answer><button id=submit>Send</button>"""
FORM = f"<form method=post action=/check>{FIELDS}</form>"
BY_SCRIPT = (
    FIELDS
    + """<script>submit.onclick = async () => {{
    const text = await (await fetch("/check", {{method: "POST",
        body: new URLSearchParams({{answer: answer.value}})}})).text(); {script} }};</script>"""
)
TOAST = """const p = document.createElement("p"); p.className = "toast-" + text;
    p.textContent = text; document.body.append(p); setTimeout(() => p.remove(), 1000);"""
LEADS_ON = "<script>setTimeout(() => location.replace('/'), 100)</script>"

# The page, and how the selectors of success and failure end.
_WAYS = {
    "toast": (BY_SCRIPT.format(script=TOAST), ".toast-Welcome", ".toast-Wrong"),
    "alert": (BY_SCRIPT.format(script="alert(text + ' 17')"), "alert=Welcome", "alert=Wrong"),
    "address": (
        BY_SCRIPT.format(script="location = text == 'Wrong' ? '/error' : '/welcome'"),
        "address=/welcome",
        "address=/error",
    ),
    "class of the field": (
        BY_SCRIPT.format(script="answer.className = text == 'Wrong' ? 'error' : 'success'"),
        "#answer.success",
        "#answer.error",
    ),
    "validity": (
        BY_SCRIPT.format(
            script="""answer.setCustomValidity(text == 'Wrong' ? text : '');
            answer.oninput = () => answer.setCustomValidity('');
            if (text != 'Wrong') document.body.append(Object.assign(
                document.createElement('p'), {textContent: text, id: 'done'}))"""
        ),
        "#done",
        "#answer:invalid",
    ),
}
MOMENTS = {
    name: (
        SitePage(form, "Wrong", "Welcome", {"welcome": LEADS_ON, "error": LEADS_ON}),
        {"success": success, "failure": failure},
    )
    for name, (form, success, failure) in _WAYS.items()
}
