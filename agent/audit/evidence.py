"""What the assessment of an audit rests on: which pictures were read, how surely, by what model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from capslice.agent.audit.answer_space import AnswerSpace
from capslice.agent.audit.plan import Plan
from capslice.agent.audit.report.figures import Evidence
from capslice.agent.audit.sessions import ReadCaptcha
from capslice.agent.reading.suitability import doubts
from capslice.agent.settings import Model
from capslice.models.card import Card

MOST_SIZES = 10


def evidence(
    plan: Plan, captchas: Sequence[ReadCaptcha], card: Card, space: AnswerSpace
) -> Evidence:
    """Compare the pictures that were read with the card of the model that read them."""
    model = plan.settings.get("model", {})
    min_confidence = model.get("min_confidence", Model().min_confidence)
    sizes = Counter(captcha.size for captcha in captchas if captcha.size)
    return Evidence(
        pictures=len(captchas),
        sure=sum(captcha.confidence >= min_confidence for captcha in captchas),
        min_confidence=min_confidence,
        captcha=card.captcha,
        charset=space.characters,
        length=space.longest,
        shortest=space.shortest if space.varies else None,
        size=f"{card.width}x{card.height}",
        sizes=dict(sizes.most_common(MOST_SIZES)),
        doubts=tuple(doubts(card, sizes, [captcha.confidence for captcha in captchas])),
        expected=sum(captcha.confidence for captcha in captchas if captcha.is_answered),
    )
