"""Forms with a detail that some sites have: of picture, field or verdict, or around them."""

from __future__ import annotations

from tests.agent.discovery.pages.site import DIGITS, SitePage
from tests.agent.discovery.pages.sorts import ROW

START = "<form method=post action=/check>"
PICTURE = "<img id=bild src=/picture width=310 height=80 alt=captcha>"
FIELD = "<input id=feld name=feld>"
REST = f"{FIELD}<button>Ok</button></form>"
FORM = START + PICTURE + REST

HEADER = f"""<header style="position: sticky; top: 0; height: 190px; z-index: 9; background: #06c">
{{}}</header><main style="margin-top: -90px">{START}{PICTURE}<p style="margin-top: 50px"></p>{REST}
</main>"""
SEARCH = "<form action=/search><input name=q><button>Find</button></form>"
POLICY = "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'"
GROUND = "body { background: #123 } form { background: white; padding: 20px }"
INVERTED = PICTURE.replace("/picture", "/picture?as=inverted")
FRAME = '<div style="filter: invert(1)"><iframe id=frame src=/inner width=600></iframe></div>'
AS_INPUT = PICTURE.replace("<img", "<input type=image formmethod=get formaction=/")
DENSE = PICTURE.replace("src=/picture", 'srcset="/picture?as=dense 2x"')
LAZY = PICTURE.replace("<img", "<img loading=lazy")

BOXES = "".join(f"<input name=d{place} size=1 maxlength=1>" for place in range(DIGITS))
SENDS_ITSELF = """<script>const boxes = [...document.querySelectorAll("#row input")];
boxes.forEach((box, place) => box.oninput = () => { boxes[place + 1]?.focus();
    if (boxes.every(each => each.value)) document.forms[0].requestSubmit(); });</script>"""
MASK = """<script>feld.oninput = () => {
    const digits = feld.value.replace(/\\D/g, "").slice(0, 6);
    feld.value = digits.length > 3 ? `${digits.slice(0, 3)}-${digits.slice(3)}` : digits; }
</script>"""
# The button is disabled until the answer is typed with keys.
BY_SCRIPT = """<section>{picture}{field}<button id=go disabled>Ok</button><p id=said></p></section>
<script>const typed = () => (feld.value ?? feld.textContent).trim();
feld.onkeyup = () => go.disabled = typed().length != 6;
go.onclick = async () => {{ const body = new URLSearchParams({{answer: typed()}});
    const response = await fetch("/check", {{method: "POST", body}});
    said.textContent = await response.text(); }};</script>"""
READONLY = '<input id=feld aria-label="Security code" readonly onfocus="this.readOnly = false">'
EDITABLE = """<div id=feld role=textbox contenteditable aria-label="Security code"
    style="border: 1px solid; width: 200px; min-height: 20px"></div>"""
BORDER = """{picture}<input id=feld style="border: 2px solid gray;"><button id=go>Ok</button>
<script>go.onclick = async () => {{ const body = new URLSearchParams({{answer: feld.value}});
    const response = await fetch("/check", {{method: "POST", body}});
    const isRight = await response.text() == "Thank you!";
    feld.style.borderColor = isRight ? "green" : "red"; }};</script>"""
HEARTBEAT = """<script>setInterval(() => { const request = new XMLHttpRequest();
    request.open("POST", "/beat"); request.send(Math.random()); }, 300)</script>"""
TEXTS = ("Wrong code", "Thank you!")

USUAL = {
    "picture": "#bild",
    "input": "#feld",
    "submit": "button",
    "failure": 'p:text-is("Wrong code")',
    "success": 'p:text-is("Thank you!")',
}

# Each page, and what `init` finds other than usual; "" for nothing.
DETAILS: dict[str, tuple[SitePage, dict[str, str]]] = {
    "a link in a sticky header over the form": (
        SitePage(HEADER.format('<a href="/start">Start</a>')),
        {},
    ),
    "a search in a sticky header over the form": (
        SitePage(HEADER.format(SEARCH)),
        {"submit": "form:has(#bild) button"},
    ),
    "a strict Content-Security-Policy, a transparent picture": (
        SitePage(
            "<link rel=stylesheet href=/style.css>"
            + FORM.replace("/picture", "/picture?as=transparent"),
            others={"style.css": GROUND},
            policy=POLICY,
        ),
        {},
    ),
    "a filter around a frame": (
        SitePage(FRAME, others={"inner": START + INVERTED + REST}),
        {"frame": "#frame"},
    ),
    "an input as the picture": (SitePage(START + AS_INPUT + REST), {}),
    "a picture for dense displays": (SitePage(START + DENSE + REST), {}),
    "a lazy picture below the fold": (
        SitePage(f"<p style='height: 3000px'></p>{START}{LAZY}{REST}"),
        {},
    ),
    "images in a row beside other elements": (
        SitePage(f"<img src=/logo.png>{START}<p>These</p>{ROW}<br>{REST}"),
        {"picture": 'img[src^="/digit/"]'},
    ),
    "a form that sends itself": (
        SitePage(f"{START}{PICTURE}<p id=row>{BOXES}</p></form>{SENDS_ITSELF}"),
        {"input": "#row", "submit": "auto"},
    ),
    "a field with a mask": (
        SitePage(
            START
            + PICTURE
            + REST.replace("id=feld", "id=feld required pattern='[0-9]{3}-[0-9]{3}'")
            + MASK
        ),
        {},
    ),
    "a field that is read-only until its focus": (
        SitePage(BY_SCRIPT.format(picture=PICTURE, field=READONLY), *TEXTS),
        {"submit": "#go"},
    ),
    "an editable element as the field": (
        SitePage(BY_SCRIPT.format(picture=PICTURE, field=EDITABLE), *TEXTS),
        {"submit": "#go"},
    ),
    "a border of the field as the verdict": (
        SitePage(BORDER.format(picture=PICTURE), *TEXTS),
        {
            "submit": "#go",
            "failure": '#feld[style="border: 2px solid red;"]',
            "success": '#feld[style="border: 2px solid green;"]',
        },
    ),
    "a cookie as the verdict": (
        SitePage(FORM, right=FORM, headers={"Set-Cookie": "entry=1"}),
        {"failure": "p.note", "success": "cookie=entry="},
    ),
    "no content after a right answer": (
        SitePage(FORM, status=204),
        {"failure": "p.note", "success": ""},
    ),
    "requests that fail in the background": (SitePage(FORM + HEARTBEAT), {}),
}
