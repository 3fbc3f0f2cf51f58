"""Records a Playwright trace of a session, and saves it without secrets.

`playwright show-trace FILE` shows each action, the page before and after it, and all requests.
"""

from __future__ import annotations

import io
import json
import mimetypes
import re
import zipfile
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import BrowserContext
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.rules.redaction import redacted_text, without_kept
from capslice.files import check_can_write, write_whole

SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization", "set-cookie"}
SECRETS = {
    "cookies", "httpCredentials", "origins", "password", "postData", "proxy", "queryString",
    "storageState",
}  # fmt: skip
HIDDEN = "(left out by capslice)"
# The name of the file in a trace that holds what a request posted.
POSTED = re.compile(r'"postData":\{[^{}]*"_sha1":"([^"]+)"')


class Trace:
    """Starts to record `context`. Raises ConfigurationError if `file` has no folder or is one."""

    def __init__(self, context: BrowserContext, file: Path) -> None:
        self.context = context
        self.file = file
        check_can_write(file)
        context.tracing.start(screenshots=True, snapshots=True)

    def save(self) -> bool:
        """Write the trace to the file. Returns whether that worked."""
        try:
            # Only the owner can look into such a folder, where the trace still has its secrets.
            with TemporaryDirectory(prefix=".capslice-", dir=self.file.parent) as folder:
                whole, cleaned = Path(folder, "whole.zip"), io.BytesIO()
                self.context.tracing.stop(path=whole)
                with zipfile.ZipFile(whole) as source, zipfile.ZipFile(cleaned, "w") as saved:
                    _copy(source, saved)
                write_whole(self.file, cleaned.getvalue(), is_private=True)
        except (PlaywrightError, OSError, zipfile.BadZipFile):
            return False  # the trace is gone with its browser
        return True


def _copy(source: zipfile.ZipFile, saved: zipfile.ZipFile) -> None:
    posted: set[str] = set()
    # The lines first: they name the files with posted data.
    for entry in sorted(source.infolist(), key=lambda each: not _has_lines(each)):
        content = source.read(entry)
        if _has_lines(entry):
            posted.update(POSTED.findall(content.decode()))
            content = without_secrets(content)
        elif PurePosixPath(entry.filename).name in posted:
            content = HIDDEN.encode()
        if not _is_picture(entry):  # a short value may be in one by chance
            text = content.decode(errors="surrogateescape")
            content = without_kept(text).encode(errors="surrogateescape")
        saved.writestr(entry, content, zipfile.ZIP_DEFLATED)


def _has_lines(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.endswith((".trace", ".network"))


def _is_picture(entry: zipfile.ZipInfo) -> bool:
    kind = mimetypes.guess_type(entry.filename)[0] or ""
    return kind.startswith("image/") and kind != "image/svg+xml"


def without_secrets(lines: bytes) -> bytes:
    """Remove cookies, passwords and the queries of addresses from lines of JSON."""
    cleaned = (json.dumps(_clean(json.loads(line))) for line in lines.splitlines() if line)
    return "\n".join(cleaned).encode()


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if not isinstance(value, dict):
        return value
    if str(value.get("name", "")).lower() in SECRET_HEADERS and "value" in value:
        return value | {"value": HIDDEN}
    return {
        name: _placeholder(each) if name in SECRETS and each else _clean(each)
        for name, each in value.items()
    }


def _placeholder(value: Any) -> Any:
    """A placeholder of the same type, because the trace viewer expects that type."""
    return type(value)() if isinstance(value, list | dict) else HIDDEN
