"""A Playwright trace of a session, kept when it failed, without what is secret in it.

`playwright show-trace FILE` shows it: each action, the page before and after, all requests.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.rules.redaction import redacted_text
from capslice.errors import ConfigurationError

SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization", "set-cookie"}
SECRETS = {
    "cookies", "httpCredentials", "origins", "password", "postData", "proxy", "queryString",
    "storageState",
}  # fmt: skip
HIDDEN = "(left out by capslice)"


class Trace:
    """Records `context` from now on. Raises ConfigurationError where `file` has no folder."""

    def __init__(self, context: BrowserContext, file: Path) -> None:
        self.context = context
        self.file = file
        if not file.parent.is_dir():
            raise ConfigurationError(f"{file} cannot be written: {file.parent} is not a folder")
        context.tracing.start(screenshots=True, snapshots=True)

    def keep(self) -> bool:
        """Write what was recorded; whether that could be done."""
        whole = self.file.with_name(f".{self.file.name}.whole")
        try:
            self.context.tracing.stop(path=whole)
            with zipfile.ZipFile(whole) as found, zipfile.ZipFile(self.file, "w") as kept:
                for entry in found.infolist():
                    content = found.read(entry)
                    if entry.filename.endswith((".trace", ".network")):
                        content = without_secrets(content)
                    kept.writestr(entry, content, zipfile.ZIP_DEFLATED)
        except (PlaywrightError, OSError, zipfile.BadZipFile):
            return False  # gone with its browser
        finally:
            whole.unlink(missing_ok=True)
        return True


def without_secrets(lines: bytes) -> bytes:
    """Lines of JSON, without cookies, passwords, and what stands in addresses after the `?`."""
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
        name: _hidden(each) if name in SECRETS and each else _clean(each)
        for name, each in value.items()
    }


def _hidden(value: Any) -> Any:
    """Something of the same type, for whoever reads the file expects that."""
    return type(value)() if isinstance(value, list | dict) else HIDDEN
