"""A visitor of the mock page, and pages to visit."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin

from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures import EllipseCaptcha

CAPTCHA = EllipseCaptcha()


def opener(*handlers: urllib.request.BaseHandler) -> urllib.request.OpenerDirector:
    """Return an opener that ignores the proxy of the environment."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)


class Visitor:
    """A simple browser: it follows redirects, keeps cookies and remembers what it received."""

    def __init__(self, page: MockPage) -> None:
        self.page = page
        self.cookies = CookieJar()
        self.received = ""
        self._opener = opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def request(self, path: str = "", **fields: str) -> tuple[int, str, HTTPMessage, bytes]:
        """Return the status, the final path, the headers and the body."""
        data = urlencode(fields).encode() if fields else None
        try:
            response = self._opener.open(urljoin(self.page.url, path), data, timeout=10)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            body = response.read()
        self.received += response.url + str(response.headers) + body.decode("latin-1")
        self.received += "".join(str(cookie.value) for cookie in self.cookies)
        path = "/" + response.url.removeprefix(self.page.url)
        return response.status, path, response.headers, body

    def open_form(self) -> str:
        """Open the form and return its captcha's id."""
        *_, body = self.request()
        return captcha_id_in(body)

    def picture(self, captcha_id: str) -> tuple[int, str, HTTPMessage, bytes]:
        return self.request(f"/captcha/{captcha_id}.png")

    def submit(self, answer: str) -> tuple[str, str | None]:
        """Return the final path and the failure message, if there is one."""
        _, path, _, body = self.request(answer=answer)
        failure = re.search(r'id="failure" role="alert">([^<]+)<', body.decode())
        return path, failure and failure[1]

    def solve(self) -> tuple[str, str | None]:
        return self.submit(self.page.answer_of(self.open_form()))


def captcha_id_in(body: bytes) -> str:
    return re.search(r'src="/captcha/([0-9a-f]{32})\.png"', body.decode())[1]


def port_of(page: MockPage) -> int:
    return int(page.url.rstrip("/").rpartition(":")[2])


def serve(seed: int | None = None, **switches) -> MockPage:
    return MockPage(CAPTCHA, Switches(**switches), seed=seed)
