"""From an audit's folder to its report: everything is counted anew from the journal."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import platform
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, get_args

import numpy as np

from capslice.agent.audit.patterns import accepted_once, alphabet, patterns, repeats
from capslice.agent.audit.plan import Folder, Plan
from capslice.agent.audit.probing.weaknesses import PROBED
from capslice.agent.audit.report.headline import headline
from capslice.agent.audit.report.report import Confidence, Cost, Rejected, Report, Solving, Stage
from capslice.agent.audit.report.statistics import rate, times
from capslice.agent.audit.sessions import Session, Shown, rejected, sessions
from capslice.agent.journal.writing import as_text
from capslice.models.card import Card
from capslice.models.reliability import BINS, Reliability

MOST_REJECTED = 24
PACKAGES = ("capslice", "playwright", "onnxruntime", "numpy", "pillow")
# What differs between two errors of the same kind: numbers, and what stands in quotes.
DIFFERENT = re.compile(r"\d+(\.\d+)?|'[^']*'")
DIGITS = 10
NOT_YET = "the audit ended before it came to this"


def summarise(folder: Folder, model: Path, card: Card) -> Report:
    """The report on what the folder has by now. Raises AuditError and JournalError."""
    plan, all_sessions = folder.plan(), sessions(folder.journal)
    done = [session for session in all_sessions if session.finished]
    shown = [captcha for session in done for captcha in session.shown]
    solved = [session.seconds for session in done if session.outcome == "solved"]
    accepted = accepted_once(done)
    kinds = len(card.charset)
    letters = alphabet(
        accepted, card.charset, card.length, card.length * math.log2(max(DIGITS, kinds))
    )
    again = repeats(done, accepted, kinds**card.length)
    untried = {each.key: each.not_tested(NOT_YET) for each in PROBED}
    tried = untried | folder.weaknesses()
    weaknesses = (*tried.values(), *patterns(letters, again))
    solving = _solving(plan, all_sessions, done, shown)
    duration = times(solved)
    return Report(
        headline=headline(solving, duration, weaknesses),
        url=plan.url,
        started=plan.started,
        ended=as_text(max((s.ended for s in done if s.ended), default=datetime.now(UTC))),
        solving=solving,
        times=duration,
        cost=_cost(plan, done, len(solved)),
        stages=_stages(shown),
        confidence=_confidence(shown),
        alphabet=letters,
        repeats=again,
        weaknesses=weaknesses,
        rejected=tuple(
            Rejected(
                picture=base64.b64encode(picture).decode(),
                text=text,
                confidence=confidence,
                when=when,
            )
            for picture, text, confidence, when in rejected(folder.journal, MOST_REJECTED)
        ),
        model={
            "file": model.name,
            "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
            "card": json.loads(card.as_json()),
        },
        settings=plan.settings,
        command=plan.command,
        versions=_versions(),
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
    )


def _solving(
    plan: Plan, all_sessions: Sequence[Session], done: Sequence[Session], shown: Sequence[Shown]
) -> Solving:
    needed = [
        [captcha.verdict for captcha in session.shown].index("accepted") + 1
        for session in done
        if session.outcome == "solved"
    ]
    verdicts = Counter(captcha.verdict for captcha in shown)
    answered = verdicts["accepted"] + verdicts["rejected"]
    failed = [session for session in done if session.outcome == "failed"]
    return Solving(
        planned=plan.count or 0,
        sessions=rate(len(needed), len(done)),
        failed=len(failed),
        errors=dict(Counter(DIFFERENT.sub("…", s.error or "no reason") for s in failed)),
        ended_early=len(all_sessions) - len(done),
        answers=rate(verdicts["accepted"], answered),
        shown=rate(verdicts["accepted"], len(shown)),
        unsure=verdicts["unsure"],
        by_attempt=tuple(
            rate(sum(need <= attempt for need in needed), len(done))
            for attempt in range(1, max(needed, default=0) + 1)
        ),
    )


def _cost(plan: Plan, done: Sequence[Session], solved: int) -> Cost:
    # Of what was worked, without the pause before it was resumed.
    worked = sum(session.seconds for session in done)
    elapsed = worked / plan.workers
    return Cost(
        workers=plan.workers,
        elapsed=elapsed,
        per_hour=solved / elapsed * 3600 if elapsed else 0.0,
        hours_per_thousand=worked / solved * 1000 / 3600 if solved else None,
    )


def _stages(shown: Sequence[Shown]) -> tuple[Stage, ...]:
    names = get_args(Stage.model_fields["name"].annotation)
    seconds = {
        name: [captcha.stages[name] for captcha in shown if name in captcha.stages]
        for name in names
    }
    total = sum(map(sum, seconds.values()))
    return tuple(
        Stage(
            name=name,
            of=len(taken),
            p50=float(np.percentile(taken, 50)),
            p95=float(np.percentile(taken, 95)),
            share=sum(taken) / total if total else 0.0,
        )
        for name, taken in seconds.items()
        if taken
    )


def _confidence(shown: Sequence[Shown]) -> Confidence:
    edges = np.linspace(0, 1, BINS + 1)

    def binned(captchas: Sequence[Shown]) -> tuple[int, ...]:
        counts, _ = np.histogram([captcha.confidence for captcha in captchas], edges)
        return tuple(counts.tolist())

    accepted = [captcha for captcha in shown if captcha.verdict == "accepted"]
    answered = [captcha for captcha in shown if captcha.verdict in ("accepted", "rejected")]
    borne_out = Reliability()
    confidences = [captcha.confidence for captcha in answered]
    borne_out.count(confidences, [captcha.verdict == "accepted" for captcha in answered])
    return Confidence(
        of=len(shown),
        edges=tuple(edges.tolist()),
        counts=binned(shown),
        accepted=binned(accepted),
        answered=binned(answered),
        mean=float(np.mean(confidences)) if answered else None,
        right=rate(len(accepted), len(answered)),
        error=borne_out.calibration_error if answered else None,
    )


def _versions() -> dict[str, str]:
    found: dict[str, Any] = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
