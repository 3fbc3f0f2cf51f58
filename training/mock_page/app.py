"""The page itself: which address shows what, to whom. What is right, the desk decides.

A visitor's session, a signed cookie, holds the id of the captcha that was issued
to it, the message for the next form, and whether it has solved one. No answer.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from flask import Flask, Response, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from training.mock_page.desk import Desk, Verdict


def create_app(desk: Desk, pause: Callable[[float], object] = time.sleep) -> Flask:
    """The WSGI application. `pause` waits for the seconds that a switch delays an answer."""
    app = Flask(__name__)
    app.secret_key = secrets.token_bytes()
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    switches, visits = desk.switches, desk.visits

    @app.before_request
    def note_user_agent() -> None:
        visits.user_agents.add(request.user_agent.string)

    @app.after_request
    def forbid_caching(response: Response) -> Response:
        response.cache_control.no_store = True
        return response

    @app.get("/")
    def form() -> str:
        session.pop("solved", None)
        session["captcha"] = desk.issue(instead_of=session.get("captcha", ""))
        visits.count("pages")
        return render_template(
            "form.html",
            captcha=desk.captcha,
            captcha_id=session["captcha"],
            message=session.pop("message", None),
        )

    @app.get("/captcha/<captcha_id>.png")
    def picture(captcha_id: str) -> Response:
        png = desk.picture(captcha_id) if captcha_id == session.get("captcha") else None
        if png is None:
            abort(404)
        visits.count("pictures")
        pause(switches.picture_delay)
        return Response(png, mimetype="image/png")

    @app.post("/")
    def submit() -> AnyResponse | tuple[str, int]:
        answer = request.form.get("answer", "").strip()
        verdict = desk.judge(session.pop("captcha", ""), answer)
        pause(switches.verdict_delay)
        if switches.refuse_with is not None:
            return render_template("refused.html"), switches.refuse_with
        if verdict is Verdict.RIGHT:
            session["solved"] = True
            return redirect(url_for("welcome"), 303)
        # Waits for the form, which comes with a fresh captcha.
        session["message"] = verdict.value
        return redirect(url_for("form"), 303)

    @app.get("/welcome")
    def welcome() -> str | AnyResponse:
        if "solved" not in session:
            return redirect(url_for("form"), 303)
        return render_template("welcome.html", message=Verdict.RIGHT.value)

    return app
