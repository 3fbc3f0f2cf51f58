"""Makes the report of an audit: counts everything in its folder's journal."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import get_args

import numpy as np

from capslice.agent.audit.answer_space import AnswerSpace
from capslice.agent.audit.evidence import evidence
from capslice.agent.audit.plan import AuditFolder, Plan
from capslice.agent.audit.randomness import (
    count_alphabet,
    count_repeats,
    distinct_accepted,
    judge_randomness,
)
from capslice.agent.audit.report.assessment import assess, headline
from capslice.agent.audit.report.figures import Confidence, Cost, Solving, Stage
from capslice.agent.audit.report.report import Rejected, Report, Sample
from capslice.agent.audit.report.statistics import rate, times
from capslice.agent.audit.sessions import (
    ReadCaptcha,
    Session,
    read_sessions,
    rejected_answers,
    sample,
)
from capslice.agent.audit.thresholds import count_thresholds
from capslice.agent.audit.weaknesses import PROBED
from capslice.agent.journal.writing import as_text
from capslice.agent.reading.reader import Reader
from capslice.models.reliability import BINS, Reliability

MOST_REJECTED = 24
PACKAGES = ("capslice", "playwright", "onnxruntime", "numpy", "pillow")
# Numbers and quoted texts, which differ between errors of the same kind.
VARYING = re.compile(r"\d+(\.\d+)?|'[^']*'")
NOT_YET = "the audit ended before this test"


def summarise(folder: AuditFolder, reader: Reader) -> Report:
    """The report on the sessions and probes in the folder. Raises AuditError and JournalError."""
    model, card = reader.model, reader.card
    plan, sessions = folder.plan(), read_sessions(folder.journal)
    finished = [session for session in sessions if session.finished]
    captchas = [captcha for session in finished for captcha in session.captchas]
    solved = [session.seconds for session in finished if session.outcome == "solved"]
    restricted = bool(plan.settings.get("model", {}).get("characters"))
    space = AnswerSpace.of(reader, restricted=restricted)
    accepted = space.answers(distinct_accepted(finished))
    alphabet = count_alphabet(accepted, space)
    repeats = count_repeats(finished, accepted, space.equally_likely)
    not_tested = {weakness.key: weakness.not_tested(NOT_YET) for weakness in PROBED}
    probed = not_tested | folder.weaknesses()
    weaknesses = (*probed.values(), *judge_randomness(alphabet, repeats))
    solving = _solving(plan, sessions, finished, captchas)
    rests_on = evidence(plan, captchas, card, space)
    durations = times(solved)
    return Report(
        level=assess(solving, rests_on).level,
        headline=headline(solving, durations, weaknesses, rests_on),
        url=plan.url,
        started=plan.started,
        ended=as_text(max((s.ended for s in finished if s.ended), default=datetime.now(UTC))),
        solving=solving,
        times=durations,
        evidence=rests_on,
        cost=_cost(plan, finished, len(solved)),
        stages=_stages(captchas),
        confidence=_confidence(captchas),
        thresholds=count_thresholds(captchas, is_sum=space.is_sum),
        sample=_sample(folder),
        alphabet=alphabet,
        repeats=repeats,
        weaknesses=weaknesses,
        rejected=tuple(
            Rejected(
                picture=base64.b64encode(picture).decode(),
                text=text,
                confidence=confidence,
                when=when,
            )
            for picture, text, confidence, when in rejected_answers(folder.journal, MOST_REJECTED)
        ),
        learned=folder.learned(),
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
    plan: Plan,
    sessions: Sequence[Session],
    finished: Sequence[Session],
    captchas: Sequence[ReadCaptcha],
) -> Solving:
    needed = [
        [captcha.verdict for captcha in session.captchas].index("accepted") + 1
        for session in finished
        if session.outcome == "solved"
    ]
    verdicts = Counter(captcha.verdict for captcha in captchas)
    answered = verdicts["accepted"] + verdicts["rejected"]
    failed = [session for session in finished if session.outcome == "failed"]
    return Solving(
        planned=plan.count or 0,
        sessions=rate(len(needed), len(finished)),
        failed=len(failed),
        errors=dict(Counter(VARYING.sub("…", s.error or "no reason") for s in failed)),
        ended_early=len(sessions) - len(finished),
        answers=rate(verdicts["accepted"], answered),
        captchas=rate(verdicts["accepted"], len(captchas)),
        unsure=verdicts["unsure"],
        by_attempt=tuple(
            rate(sum(need <= attempt for need in needed), len(finished))
            for attempt in range(1, max(needed, default=0) + 1)
        ),
    )


def _cost(plan: Plan, finished: Sequence[Session], solved: int) -> Cost:
    # The sum of the sessions leaves out pauses before the audit was resumed.
    worked = sum(session.seconds for session in finished)
    elapsed = worked / plan.workers
    return Cost(
        workers=plan.workers,
        elapsed=elapsed,
        per_hour=solved / elapsed * 3600 if elapsed else 0.0,
        hours_per_thousand=worked / solved * 1000 / 3600 if solved else None,
    )


def _stages(captchas: Sequence[ReadCaptcha]) -> tuple[Stage, ...]:
    names = get_args(Stage.model_fields["name"].annotation)
    seconds = {
        name: [captcha.stages[name] for captcha in captchas if name in captcha.stages]
        for name in names
    }
    total = sum(map(sum, seconds.values()))
    return tuple(
        Stage(
            name=name,
            of=len(of_stage),
            p50=float(np.percentile(of_stage, 50)),
            p95=float(np.percentile(of_stage, 95)),
            share=sum(of_stage) / total if total else 0.0,
        )
        for name, of_stage in seconds.items()
        if of_stage
    )


def _confidence(captchas: Sequence[ReadCaptcha]) -> Confidence:
    edges = np.linspace(0, 1, BINS + 1)

    def binned(captchas: Sequence[ReadCaptcha]) -> tuple[int, ...]:
        counts, _ = np.histogram([captcha.confidence for captcha in captchas], edges)
        return tuple(counts.tolist())

    accepted = [captcha for captcha in captchas if captcha.verdict == "accepted"]
    answered = [captcha for captcha in captchas if captcha.is_answered]
    reliability = Reliability()
    confidences = [captcha.confidence for captcha in answered]
    reliability.count(confidences, [captcha.verdict == "accepted" for captcha in answered])
    return Confidence(
        of=len(captchas),
        edges=tuple(edges.tolist()),
        counts=binned(captchas),
        accepted=binned(accepted),
        answered=binned(answered),
        mean=float(np.mean(confidences)) if answered else None,
        right=rate(len(accepted), len(answered)),
        calibration_error=reliability.calibration_error if answered else None,
    )


def _sample(folder: AuditFolder) -> Sample | None:
    shown = sample(folder.journal)
    if shown is None:
        return None
    picture, text, confidence, verdict = shown
    encoded = base64.b64encode(picture).decode()
    return Sample(picture=encoded, text=text, confidence=confidence, verdict=verdict)


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            versions[package] = version(package)
    return versions
