"""Labelling 100 pictures with `capslice label`, by a script that types as fast as a person.

The page suggests the right text of every other picture. The script looks at each picture for a
second. It then presses Enter, or first types the text, at four characters a second. A wait is the
time from the key Enter to the first frame that shows the next picture. After 50 labels, a fit in
the background uses the same cores.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from benchmarks.measure import Finding, Table, percentiles
from capslice import Settings, new_page, open_browser
from capslice.agent.reading.readings_file import FileReading, write_readings
from capslice.training.pictures import EllipseCaptcha

LOOKING = 1.0  # seconds for each picture
TYPING = 0.25  # seconds for each character
LIMIT = 100  # ms: a wait that a person takes for immediate (Nielsen, Usability Engineering, 1993)

# JavaScript: keep the milliseconds of each wait in `waits`.
WATCH = """
() => {
    window.waits = [];
    const shown = () => document.querySelector("#picture img");
    addEventListener("keydown", event => {
        if (event.key !== "Enter") return;
        const before = shown();
        const look = () => {
            const now = shown();
            if (now !== before && now?.complete) waits.push(performance.now() - event.timeStamp);
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    }, true);
}
"""


def run(quick: bool) -> Iterator[Finding]:
    """Label the pictures, and time the waits."""
    count = 6 if quick else 100
    captcha, rng = EllipseCaptcha(), np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = [captcha.random_text(rng) for _ in range(count)]
        files = [folder / f"{number:03}.png" for number in range(count)]
        for file, text in zip(files, texts, strict=True):
            captcha.draw(text, rng).save(file)
        suggested = [text if number % 2 else text[::-1] for number, text in enumerate(texts)]
        write_readings(
            folder,
            {file: FileReading(text, 0.5) for file, text in zip(files, suggested, strict=True)},
        )
        fitting = "--no-fit" if quick else "--fit"
        with (
            label_page(folder, fitting) as url,
            open_browser(Settings().browser) as browser,
        ):
            page = new_page(browser)
            page.goto(url)
            page.wait_for_selector("#picture img")
            page.evaluate(WATCH)
            started = time.perf_counter()
            label(page, texts)
            minutes = (time.perf_counter() - started) / 60
            waits = np.array(page.evaluate("waits"))
        labels = len((folder / "labels.csv").read_text().splitlines()) - 1
    yield Table(
        ("pictures labelled", "minutes", "wait in ms, p50 / p95 / p99", "longest", "n"),
        [
            (
                str(labels),
                f"{minutes:.1f}",
                percentiles(waits / 1000),
                f"{waits.max():.0f}",
                str(len(waits)),
            )
        ],
    )
    yield f"{np.mean(waits <= LIMIT) * 100:.0f} % of the waits took at most {LIMIT} ms."


@contextmanager
def label_page(folder: Path, *options: str) -> Iterator[str]:
    """Run `capslice label` on a folder, and yield the address of its page."""
    command = (sys.executable, "-m", "capslice", "label", folder, "--port", "0", "--no-browser")
    with subprocess.Popen((*command, *options), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            found = re.search(r"http\S+", process.stdout.readline())
            if not found:
                raise RuntimeError("capslice label gave no address")
            yield found[0]
        finally:
            process.terminate()  # so that it ends its fit, which would disturb what is timed next


def label(page: Page, texts: list[str]) -> None:
    """Label the pictures with these texts, at a person's speed."""
    for text in texts:
        page.wait_for_timeout(1000 * LOOKING)
        if page.input_value("#text") != text:
            page.keyboard.type(text, delay=1000 * TYPING)
        page.keyboard.press("Enter")
    page.wait_for_selector("#end", state="visible")
