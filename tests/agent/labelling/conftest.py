"""Folders of pictures to label, and the page that shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from werkzeug.serving import make_server

from capslice.agent.labelling.label_files import LabelFiles
from capslice.agent.labelling.labelling import Labelling
from capslice.agent.labelling.page import create_app
from capslice.agent.reading.readings_file import FileReading
from tests.agent.conftest import served

SECRET = "secret"
NAMES = "abcdef"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pictures, a.png to f.png."""
    for seed, name in enumerate(NAMES):
        pixels = np.random.default_rng(seed).integers(256, size=(20, 60))
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"{name}.png")
    return tmp_path


@pytest.fixture
def readings(folder: Path) -> dict[Path, FileReading]:
    """What a model reads in all but f.png: `read-a` and so on, more and more surely."""
    return {
        folder / f"{name}.png": FileReading(f"read-{name}", place / 10)
        for place, name in enumerate(NAMES[:-1], 1)
    }


@pytest.fixture
def serve_page(
    folder: Path, readings: dict[Path, FileReading]
) -> Iterator[Callable[..., tuple[str, Labelling]]]:
    """Serve the page, and return its address and what it talks to."""
    with ExitStack() as stack:

        def serve_page(**options: Any) -> tuple[str, Labelling]:
            files = LabelFiles(folder, named=options.get("check", False))
            labelling = Labelling(files, readings, **options)
            # The application needs to know the port.
            server = make_server("127.0.0.1", 0, lambda *given: app(*given), threaded=True)
            app = create_app(labelling, server.server_port, SECRET)
            url = stack.enter_context(served(server))
            return f"{url}{SECRET}/", labelling

        yield serve_page
