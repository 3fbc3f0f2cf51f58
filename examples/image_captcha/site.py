"""A small site whose form has a captcha of PyPI's `captcha`, with default settings.

    python site.py --port 8000                   # four digits
    python site.py --port 8000 --characters 5    # five capitals and digits
    python site.py --port 8000 --characters 4-6  # four to six of them

The answer stays on the server. It is valid once, for the session that loaded the picture.
"""

from __future__ import annotations

import argparse
import secrets
from string import ascii_uppercase, digits

from captcha.image import ImageCaptcha
from flask import Flask, Response, redirect, render_template_string, request, session, url_for
from waitress import create_server

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Guest book</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 30em; margin: 3em auto; padding: 0 1em }
  img, input, a { display: block; margin: .5em 0 }
  #failure { color: #a40000 }
</style>
<h1>Guest book</h1>
{% if signed %}
  <p id="success">Thank you for signing.</p>
{% else %}
  {% if wrong %}<p id="failure">That was not what the picture shows.</p>{% endif %}
  <form method="post">
    <img id="captcha" src="{{ url_for('picture') }}" width="160" height="60" alt="captcha">
    <a id="refresh" href="{{ url_for('sign') }}">Another picture</a>
    <label for="answer">What does it show?</label>
    <input id="answer" name="answer" autocomplete="off" required>
    <button id="submit">Sign</button>
  </form>
{% endif %}
"""

LENGTHS = {"4": [4], "5": [5], "4-6": [4, 5, 6]}

app = Flask(__name__)
app.secret_key = secrets.token_bytes()
answers: dict[str, str] = {}


@app.route("/", methods=["GET", "POST"])
def sign() -> str | Response:
    """Show the form until its answer is right."""
    expected = answers.pop(session.get("visitor", ""), None) if request.method == "POST" else None
    if expected and request.form.get("answer", "").upper() == expected:
        return redirect(url_for("signed"))  # type: ignore[return-value]
    return render_template_string(PAGE, wrong=request.method == "POST")


@app.route("/captcha.png")
def picture() -> Response:
    """Draw a new captcha for each request."""
    length = secrets.choice(app.config["LENGTHS"])
    text = "".join(secrets.choice(app.config["CHARSET"]) for _ in range(length))
    answers[session.setdefault("visitor", secrets.token_urlsafe())] = text
    content = ImageCaptcha().generate(text)
    return Response(content, mimetype="image/png", headers={"Cache-Control": "no-store"})


@app.route("/signed")
def signed() -> str:
    """Show the page behind the form."""
    return render_template_string(PAGE, signed=True)


def main() -> None:
    """Serve the site."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--port", type=int, default=8000, help="port on 127.0.0.1; 0 for any free one"
    )
    parser.add_argument(
        "--characters",
        choices=LENGTHS,
        default="4",
        help="4 digits, 5 digits and capitals, or 4-6 digits and capitals",
    )
    options = parser.parse_args()
    charset = digits if options.characters == "4" else digits + ascii_uppercase
    app.config.update(CHARSET=charset, LENGTHS=LENGTHS[options.characters])
    server = create_server(app, host="127.0.0.1", port=options.port)
    print(f"serving http://127.0.0.1:{server.effective_port}/", flush=True)
    server.run()


if __name__ == "__main__":
    main()
