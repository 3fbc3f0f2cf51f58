"""The web application: the addresses of the mock page and their responses.

A visitor's session holds the id of the current captcha, the message for the next form, and whether
the visitor has solved a captcha. The variant decides how the page is built. `g.fault` is the fault
that is drawn for each response.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import replace

from flask import Flask, Response, abort, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from capslice.training.mock_page.captcha_store import CaptchaStore, Verdict, Weakness
from capslice.training.mock_page.faults import Faults, truncate
from capslice.training.mock_page.sessions import Sessions
from capslice.training.mock_page.variant import PLAIN, Variant

Reply = str | AnyResponse | tuple[str, int] | tuple[str, int, dict[str, str]]


def create_app(
    store: CaptchaStore,
    variant: Variant = PLAIN,
    faults: Faults | None = None,
    *,
    pause: Callable[[float], object] = time.sleep,
) -> Flask:
    """Return the WSGI application. `pause` waits for the seconds that a response is delayed."""
    app = Flask(__name__)
    app.session_interface = Sessions()
    switches, visits = store.switches, store.visits
    if "same_outlines" in switches.weaknesses:
        variant = replace(variant, picture="svg")
    faults = faults or Faults()

    def next_captcha() -> str:
        if kept := session.pop("kept", None):
            session["captcha"] = kept
        elif g.fault != "same_picture":
            session["captcha"] = store.issue(instead_of=session.get("captcha", ""))
        return str(session["captcha"])

    def leaked(captcha_id: str, where: Weakness) -> str | None:
        """Return the answer if the weakness `where` leaks it."""
        return store.answer_of(captcha_id) if where in switches.weaknesses else None

    def checksum(captcha_id: str) -> int | None:
        text = leaked(captcha_id, "checksum_in_page")
        return sum(map(ord, text)) if text else None

    def outlines(captcha_id: str) -> list[str]:
        """Return invisible paths, one for each character, if the page has that weakness."""
        text = leaked(captcha_id, "same_outlines") or ""
        return [
            f"M{20 * place},9" + "l1,2" * (1 + ord(character) % 16) + "q3,4 5,6z"
            for place, character in enumerate(text)
        ]

    def source(captcha_id: str) -> str:
        """Return the URL of the picture, or a data URL if the picture is part of the page."""
        if variant.picture != "data":
            text = leaked(captcha_id, "answer_in_address")
            return url_for("picture", captcha_id=captcha_id, text=text)
        visits.count("pictures")
        content = store.picture(captcha_id) or b""
        return f"data:image/{store.format};base64,{base64.b64encode(content).decode()}"

    @app.context_processor
    def for_templates() -> dict[str, object]:
        return {
            "captcha": store.captcha,
            "sum": switches.sum,
            "variant": variant,
            "scripted": variant != PLAIN or faults,
            "source": source,
            "leaked": leaked,
            "checksum": checksum,
            "outlines": outlines,
            "sends_answer_away": "answer_sent_away" in switches.weaknesses,
            "replacement_delay": faults.replacement_delay,
        }

    @app.before_request
    def note_user_agent() -> None:
        visits.user_agents.add(request.user_agent.string)

    @app.before_request
    def draw_fault() -> Response | None:
        first = store.picture(session.get("captcha", "")) is None
        g.fault = faults.draw(request.endpoint, never=("same_picture",) if first else ())
        if g.fault is not None:
            visits.count_fault(g.fault)
        match g.fault:
            case "error_500":
                abort(500)
            case "error_502":
                abort(502)
            case "reset":
                return truncate(Response(), 0)
            case "verdict_never":
                return Response(status=204)
        return None

    @app.after_request
    def forbid_caching(response: Response) -> Response:
        response.cache_control.no_store = True
        return response

    @app.after_request
    def leak(response: Response) -> Response:
        issued = session.get("captcha") if request.endpoint in ("form", "another") else None
        if issued and (text := leaked(issued, "answer_in_cookie")):
            response.set_cookie("check", text)
        return response

    @app.after_request
    def reset_in_body(response: Response) -> Response:
        if g.get("fault") != "reset_in_body":
            return response
        return truncate(response, len(response.get_data()) // 2)

    if variant.frame:
        app.add_url_rule("/", "outer", lambda: render_template("framed.html"))
    address = "/form" if variant.frame else "/"

    @app.get(address)
    def form() -> str:
        session.pop("solved", None)
        visits.count("pages")
        message = session.pop("message", None)
        return render_template("form.html", captcha_id=next_captcha(), message=message)

    @app.get("/captcha")
    def another() -> str:
        return render_template("captcha.html", captcha_id=next_captcha())

    @app.get(f"/captcha/<captcha_id>.{store.format}")
    def picture(captcha_id: str) -> Response:
        content = store.picture(captcha_id) if captcha_id == session.get("captcha") else None
        if content is None or g.fault == "picture_missing":
            abort(404)
        visits.count("pictures")
        pause(faults.slow if g.fault == "picture_slow" else switches.picture_delay)
        if g.fault == "picture_wrong_type":
            return Response("<!doctype html><title>Pictures</title>", mimetype="text/html")
        if g.fault == "picture_truncated":
            content = content[: len(content) // 2]
        return Response(content, mimetype=f"image/{store.format}")

    @app.post(address)
    def submit() -> Reply:
        captcha_id = session.pop("captcha", "")
        given = request.form.getlist("answer")
        answer = "".join(given).strip() if given else None
        if g.fault in ("session_expired", "captcha_expired"):
            store.withdraw(captcha_id)
        verdict = store.judge(captcha_id, answer)
        if verdict is Verdict.WRONG and "kept_picture" in switches.weaknesses:
            session["kept"] = captcha_id
        if verdict is Verdict.RIGHT and "reused_answer" in switches.weaknesses:
            session["captcha"] = captcha_id
        if g.fault == "session_expired":
            session.clear()
            verdict = Verdict.LOST
        pause(faults.slow if g.fault == "verdict_slow" else switches.verdict_delay)
        if verdict is Verdict.REFUSED:
            return refused()
        return accepted() if verdict is Verdict.RIGHT else rejected(verdict)

    def refused() -> Reply:
        wait = switches.retry_after
        headers = {} if wait is None else {"Retry-After": str(wait)}
        page = render_template("refused.html", message=Verdict.REFUSED.value)
        return page, switches.refuse_with or 429, headers

    def accepted() -> Reply:
        if variant.verdict == "status":
            return render_template("welcome.html")
        if variant.verdict == "in_place":
            return render_template("welcome.html", message=Verdict.RIGHT.value)
        session["solved"] = True
        return redirect(url_for("welcome"), 303)

    def rejected(verdict: Verdict) -> Reply:
        if variant.verdict == "status":
            visits.count("pages")
            return render_template("form.html", captcha_id=next_captcha()), 422
        if variant.verdict == "in_place":
            message = verdict.value
            return render_template("wrong.html", captcha_id=next_captcha(), message=message)
        # The next form shows it.
        session["message"] = verdict.value
        return redirect(url_for("form"), 303)

    @app.get("/welcome")
    def welcome() -> Reply:
        if "solved" not in session:
            return redirect(url_for("form"), 303)
        return render_template("welcome.html", message=Verdict.RIGHT.value)

    return app
