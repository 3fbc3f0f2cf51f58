"""The classic weaknesses of captcha pages: what each is, how severe it is, and how to fix it.

probing/ tests the page for those in PROBED; randomness.py finds the others in many captchas.
"""

from __future__ import annotations

from dataclasses import dataclass

from capslice.agent.audit.report.report import Severity, Weakness, WeaknessResult


@dataclass(frozen=True)
class KnownWeakness:
    """A weakness that audits look for: its name in one sentence, and advice to the site's owner.

    The methods make the entry of the report; they write the evidence or reason as a sentence.
    """

    key: str
    severity: Severity
    name: str
    advice: str

    def found(self, evidence: str) -> Weakness:
        """The page has this weakness."""
        return self._with_result(evidence, "found")

    def not_found(self, evidence: str) -> Weakness:
        """The audit tested for this weakness and did not find it."""
        return self._with_result(evidence, "not_found")

    def not_tested(self, reason: str) -> Weakness:
        """The audit could not test for this weakness."""
        return self._with_result(reason, "not_tested")

    def _with_result(self, evidence: str, result: WeaknessResult) -> Weakness:
        return Weakness(
            key=self.key,
            name=self.name,
            result=result,
            severity=self.severity,
            evidence=f"{evidence[:1].upper()}{evidence[1:].removesuffix('.')}.",
            advice=self.advice,
        )


SERVER_ONLY = "Keep the answer on the server only. Send the page nothing but a random id."

ANSWER_IN_PAGE = KnownWeakness(
    "answer_in_page", "high", "The source of the page contains the answer.", SERVER_ONLY
)
ANSWER_IN_COOKIE = KnownWeakness(
    "answer_in_cookie", "high", "A cookie contains the answer.", SERVER_ONLY
)
ANSWER_IN_ADDRESS = KnownWeakness(
    "answer_in_address", "high", "The address of the picture contains the answer.", SERVER_ONLY
)
CHECKSUM_IN_PAGE = KnownWeakness(
    "checksum_in_page",
    "high",
    "The source of the page contains a sum or hash of the answer's characters.",
    "Check the answer on the server only. A sum that the page's script compares with lets anyone "
    "try answers without the server, and leaves few to try.",
)
SAME_OUTLINES = KnownWeakness(
    "same_outlines",
    "high",
    "The source of the picture, an SVG, tells its characters apart.",
    "Send pixels (PNG), not the outlines of characters: the same character has the same commands "
    "each time, so that a program looks it up and reads nothing.",
)
ANSWER_SENT_AWAY = KnownWeakness(
    "answer_sent_away",
    "high",
    "The page sends the answer to another origin.",
    "Find out which script does that, and remove it, or keep it from the form. A policy "
    "(Content-Security-Policy: connect-src 'self') keeps scripts from doing so.",
)
REDRAWN_ANSWER = KnownWeakness(
    "redrawn_answer",
    "medium",
    "A refresh draws the same answer again.",
    "Draw a new answer for each picture. Several pictures of one answer are easier to read than "
    "one: their noise differs, their characters do not.",
)
MISSING_FIELD = KnownWeakness(
    "missing_field",
    "high",
    "The site accepts a form without the field for the answer.",
    "Reject every form without an answer. Do not check the answer only if there is one.",
)
EMPTY_ANSWER = KnownWeakness(
    "empty_answer",
    "high",
    "The site accepts an empty answer.",
    "Reject empty answers, and answers to captchas that were never issued: in many languages, "
    "an empty answer equals a missing one.",
)
WRONG_ANSWER = KnownWeakness(
    "wrong_answer",
    "high",
    "The site accepts wrong answers.",
    "Compare the answer with the one that belongs to the captcha. If the site does, correct "
    "selectors.success or statuses.accepted: they take a rejected answer for an accepted one, and "
    "the rates of this report say nothing.",
)
REUSED_ANSWER = KnownWeakness(
    "reused_answer",
    "high",
    "The site accepts an answer that it accepted before.",
    "Delete a captcha after its first answer, right or wrong.",
)
FOREIGN_ANSWER = KnownWeakness(
    "foreign_answer",
    "high",
    "The site accepts the answer to the captcha of another session.",
    "Store the answer in the session it was issued to, and compare with that one only.",
)
KEPT_PICTURE = KnownWeakness(
    "kept_picture",
    "medium",
    "The site shows the same picture again after a wrong answer.",
    "Issue a new captcha after each answer, so that nobody can try the same one twice.",
)
NO_LIMIT = KnownWeakness(
    "no_limit",
    "medium",
    "The site does not limit the number of wrong answers.",
    "Limit wrong answers per address and per account. Above the limit, answer with status 429 "
    "for some time.",
)
SAME_PICTURES = KnownWeakness(
    "same_pictures",
    "high",
    "The site shows the same pictures to several visitors.",
    "Draw a new picture for each captcha. An attacker labels a fixed stock of pictures once, and "
    "then looks them up.",
)
SAME_ANSWERS = KnownWeakness(
    "same_answers",
    "medium",
    "The same answers repeat more often than by chance.",
    "Draw answers with a cryptographic random generator, all equally likely.",
)
MISSING_CHARACTER = KnownWeakness(
    "missing_character",
    "low",
    "Some characters never occur.",
    "Draw all characters equally often. A machine need not distinguish those that never occur.",
)
UNEVEN_CHARACTERS = KnownWeakness(
    "uneven_characters",
    "low",
    "Some characters occur more often than others.",
    "Draw all characters equally often. Otherwise, frequent characters make guessing easier.",
)

PROBED = (
    ANSWER_IN_PAGE,
    ANSWER_IN_COOKIE,
    ANSWER_IN_ADDRESS,
    CHECKSUM_IN_PAGE,
    SAME_OUTLINES,
    ANSWER_SENT_AWAY,
    REDRAWN_ANSWER,
    MISSING_FIELD,
    EMPTY_ANSWER,
    WRONG_ANSWER,
    REUSED_ANSWER,
    FOREIGN_ANSWER,
    KEPT_PICTURE,
    NO_LIMIT,
)
