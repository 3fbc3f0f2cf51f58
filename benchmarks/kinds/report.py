"""Writes docs/general.md: what a model reads of each kind, beside other readers."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from benchmarks.kinds.figures import Figures, Interval, mean_of
from benchmarks.kinds.kind import Kind
from benchmarks.kinds.measuring import Reads
from benchmarks.readers.specs import ReaderSpec
from capslice import Reader
from capslice.models.intervals import Rate
from capslice.models.sheet import write_sheet
from capslice.training.machine import commit, machine
from capslice.training.pages import page_template, plots_folder

PACKAGES = ("capslice", "onnxruntime", "numpy", "pillow")
BEST = "best of the others"
TILE = (230, 80)
WORST, SHOWN = 5, 4  # kinds, and pictures of each


@dataclass(frozen=True)
class Page:
    """Everything that the page shows.

    specs:   the readers, ours first.
    figures: of each kind and reader.
    reads:   what each reader read.
    imitated: the kinds that our model has seen imitations of.
    command: what measured the figures.
    """

    kinds: Sequence[Kind]
    specs: Sequence[ReaderSpec]
    figures: Sequence[Figures]
    reads: Sequence[Reads]
    imitated: set[str]
    command: str

    def write(self, path: Path) -> None:
        """Write the page, and the sheet of misread pictures into a folder beside it."""
        plots = plots_folder(path)
        ours = self.specs[0]
        misread = self._write_misread(plots / "misread.png")
        page = page_template("benchmarks.kinds", "general.md.jinja").render(
            card=Reader(ours.path or "").card,
            ours=ours.name,
            specs=self.specs,
            table=table,
            groups=self._groups(),
            of=lambda kind, reader: next(
                each for each in self.figures if (each.kind, each.reader) == (kind.name, reader)
            ),
            kinds=self.kinds,
            interval=Interval.of_rate,
            exact=lambda each: each.exact,
            ignoring_case=lambda each: each.ignoring_case,
            told=lambda each: each.told,
            milliseconds=self._milliseconds,
            misread=misread,
            plots=plots.name,
            foot=f"Written by `{self.command}`, at commit {commit()}, with {machine(PACKAGES)}.",
        )
        path.write_text(page)

    def _groups(self) -> dict[str, list[Figures]]:
        """The figures of kinds that the model has not seen at all, and those of the others."""
        groups = {
            "Kinds that the model has not seen": [
                each for each in self.figures if each.kind not in self.imitated
            ],
            "Kinds that the model has seen imitations of": [
                each for each in self.figures if each.kind in self.imitated
            ],
        }
        return {title: figures for title, figures in groups.items() if figures}

    def _milliseconds(self, reader: str) -> str:
        """The median and the 95th percentile of the time for a picture of any kind."""
        seconds = [one.seconds for one in self.reads if one.reader == reader and not one.told]
        low, high = np.quantile(np.concatenate(seconds), (0.5, 0.95)) * 1000
        return f"{low:.3g} / {high:.3g}"

    def _write_misread(self, path: Path) -> list[str]:
        """Show pictures that ours misreads, of the kinds that it reads worst; return these."""
        mine = [each for each in self.figures if each.reader == self.specs[0].name]
        worst = sorted(mine, key=lambda each: each.told.value)[:WORST]
        kinds = {kind.name: kind for kind in self.kinds}
        tiles = []
        for each in worst:
            reads = next(
                one
                for one in self.reads
                if (one.reader, one.kind, one.told) == (each.reader, each.kind, True)
            )
            kind = kinds[each.kind]
            wrong = [
                (content, label, text)
                for content, label, text in zip(
                    kind.contents, kind.labels, reads.texts, strict=True
                )
                if text.casefold() != label.casefold()
            ]
            for content, label, text in wrong[:SHOWN]:
                tiles.append((_tile(content), [(f"{label} read as {text}", False)]))
        if not tiles:
            return []
        write_sheet(tiles, path)
        return [each.kind for each in worst]


def table(
    title: str, figures: Sequence[Figures], choose: Callable[[Figures], Rate], ours: str = ""
) -> str:
    """A Markdown table of one rate: a row for each kind, and a column for each reader.

    With the name of our model, another column shows the best of the others for each kind.
    """
    readers = list(dict.fromkeys(each.reader for each in figures))
    kinds = list(dict.fromkeys(each.kind for each in figures))
    rates = {(each.kind, each.reader): choose(each) for each in figures}
    others = [reader for reader in readers if reader != ours]
    if ours and len(others) > 1:
        readers.append(BEST)
        for kind in kinds:
            best = max((rates[kind, reader] for reader in others), key=lambda rate: rate.value)
            rates[kind, BEST] = best
    rows = [(title, *readers, "n"), ("---", *["--:"] * (len(readers) + 1))]
    for kind in kinds:
        cells = [str(Interval.of_rate(rates[kind, reader])) for reader in readers]
        rows.append((kind, *cells, f"{rates[kind, readers[0]].of:,}"))
    means = [str(mean_of([rates[kind, reader] for kind in kinds])) for reader in readers]
    rows.append((f"mean of {len(kinds)}", *means, ""))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _tile(content: bytes) -> np.ndarray:
    picture = Image.open(io.BytesIO(content)).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    grey = Image.alpha_composite(white, picture).convert("L")
    return np.asarray(ImageOps.pad(grey, TILE, color=255))
