"""A small Django site whose form has a captcha of django-simple-captcha, with default settings.

    python site.py --port 8000

With `--math`, the captcha is a sum.

The form has the key of the captcha in a hidden field. The answer is in the database, and is valid
once, for five minutes. A button fetches another picture and key without reloading the page.
"""

from __future__ import annotations

import argparse
import secrets
import tempfile
from pathlib import Path

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    SECRET_KEY=secrets.token_hex(),
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["captcha"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(tempfile.mkdtemp(), "answers.sqlite"),
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    USE_TZ=True,
)
django.setup()

from captcha.conf import settings as captcha_settings  # noqa: E402  these need the settings
from captcha.fields import CaptchaField  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.forms import CharField, Form  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import redirect  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import include, path  # noqa: E402

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Guest book</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 30em; margin: 3em auto; padding: 0 1em }
  label, img, input { display: block; margin: .5em 0 }
  .errorlist { color: #a40000; padding: 0; list-style: none }
</style>
<h1>Guest book</h1>
{% if signed %}
  <p id="success">Thank you for signing.</p>
{% else %}
  <form method="post">{% csrf_token %}
    {{ form }}
    <button id="refresh" type="button">Another picture</button>
    <button id="submit">Sign</button>
  </form>
  <script>
    document.querySelector("#refresh").onclick = async () => {
      const headers = { "X-Requested-With": "XMLHttpRequest" };
      const fresh = await (await fetch("/captcha/refresh/", { headers })).json();
      document.querySelector("#id_captcha_0").value = fresh.key;
      document.querySelector("img.captcha").src = fresh.image_url;
    };
  </script>
{% endif %}
"""


class Signing(Form):
    """A name and the captcha."""

    name = CharField(initial="A guest", label="Your name")
    captcha = CaptchaField()


def sign(request: HttpRequest) -> HttpResponse:
    """Show the form until it is valid."""
    form = Signing(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return redirect("signed")
    return HttpResponse(engines["django"].from_string(PAGE).render({"form": form}, request))


def signed(request: HttpRequest) -> HttpResponse:
    """Show the page behind the form."""
    return HttpResponse(engines["django"].from_string(PAGE).render({"signed": True}, request))


urlpatterns = [
    path("", sign),
    path("signed/", signed, name="signed"),
    path("captcha/", include("captcha.urls")),
]


def main() -> None:
    """Serve the site."""
    from waitress import create_server

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--port", type=int, default=8000, help="port on 127.0.0.1; 0 for any free one"
    )
    parser.add_argument("--math", action="store_true", help="show sums instead of letters")
    options = parser.parse_args()
    if options.math:
        captcha_settings.CAPTCHA_CHALLENGE_FUNCT = "captcha.helpers.math_challenge"
    call_command("migrate", verbosity=0)
    server = create_server(get_wsgi_application(), host="127.0.0.1", port=options.port)
    print(f"serving http://127.0.0.1:{server.effective_port}/", flush=True)
    server.run()


if __name__ == "__main__":
    main()
