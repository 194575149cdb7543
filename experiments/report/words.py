"""Numbers and names as a teacher would say them."""

from __future__ import annotations

import math
from collections.abc import Sequence

PLAIN_NAMES = {
    "no_teaching": "no teaching",
    "random": "random lessons",
    "ready_random": "random, ready skills only",
    "linear": "one topic after the other",
    "interleaved": "topics interleaved",
    "classroom": "one calendar for the whole class",
    "mastery": "mastery learning (textbook)",
    "mastery_tuned": "mastery learning (tuned)",
    "streak": "several right in a row, then on",
    "greedy": "most gain at once",
    "greedy_ready": "most gain at once, ready skills only",
    "oracle_greedy": "all-knowing teacher",
    "optimal": "exact optimum",
    "ppo": "learnt teacher (plain network)",
    "ppo_scorer": "learnt teacher",
    "ppo_scorer_unmasked": "learnt teacher, free to choose unready skills",
}
EXPLAINED = {
    "no_teaching": "Nobody is taught; pupils only forget.",
    "random": "Each lesson is drawn by lot.",
    "ready_random": "Each lesson is drawn by lot among the skills whose prerequisites are believed to be known.",
    "linear": "Skills in the order of the curriculum, each for the same time, the same for every pupil.",
    "interleaved": "Skills in turn, again and again, the same for every pupil.",
    "classroom": "One calendar of lessons, the best that was found for another class, the same for every pupil.",
    "mastery": "A skill is practised until it is believed 95 % known, then the next one.",
    "mastery_tuned": "Mastery learning with the threshold, reviews and limits that worked best on other pupils.",
    "streak": "A skill is practised until several answers in a row are right, then the next one.",
    "greedy": "Always the lesson that is believed to add most knowledge at once.",
    "greedy_ready": "The lesson believed to add most at once, among those whose prerequisites are believed known.",
    "oracle_greedy": "Looks inside the simulated pupils, as nobody can: it shows how much room there is.",
    "optimal": "The best possible choice, computed exactly, because this world is small.",
    "ppo": "A teacher learnt by trial and error on other simulated pupils; one network sees everything at once.",
    "ppo_scorer": "A teacher learnt by trial and error on other simulated pupils; it scores all skills alike.",
    "ppo_scorer_unmasked": "The learnt teacher without the limit to skills whose prerequisites are believed known.",
}

GLOSSARY = {
    "skill": "One thing to be learnt, such as adding fractions.",
    "item": "What is shown in a lesson: an exercise, a worked example, an explanation. It belongs to some skill.",
    "lesson": "One item, worked through. Several lessons without a break are a session.",
    "prerequisite": "A skill that must be known before another one can be learnt.",
    "teacher": "A program that chooses the next item for each pupil. A learnt teacher found its way of choosing by "
    "trial and error on simulated pupils.",
    "mastery learning": "A pupil stays with a skill until it is believed known, then goes on. The textbook kind asks "
    "for 95 % belief; the tuned kind uses the settings that worked best on other simulated pupils.",
    "believed known": "The chance, worked out from the answers so far, that the pupil knows the skill. Nobody but the "
    "simulation sees the truth.",
    "exam questions right": "How many of the exam's questions the pupil is expected to answer right.",
    "95 % interval": "In about 95 of 100 experiments like this one such an interval holds the true difference, if "
    "pupils were as the models are.",
    "no practical difference": "We know enough to say that the difference is not above the smallest one worth having.",
    "cannot tell": "The interval holds differences worth having as well as none: more pupils or trainings are needed.",
    "noticeably worse": "The same simulated pupil, with the same luck, ends lower than under mastery learning by more "
    "than the smallest difference worth having.",
    "worst tenth": "The tenth of the pupils who end lowest.",
    "training": "One complete learning of a teacher. It has luck in it, so it is repeated.",
    "reference": "A way of choosing that looks inside the simulated pupils. It shows how much room there is; nobody "
    "could use it.",
}


def plain_name(policy: str) -> str:
    """What the report calls a way of teaching: a plain name where we have one, else the file's own name."""
    return PLAIN_NAMES.get(policy, policy.replace("_", " "))


def group_words(group: str) -> str:
    """The name of a group as a teacher would say it.

    Example:
        >>> group_words("slow_learners, low prior")
        'slow learners, knows little at the start'
    """
    words = group.replace("_", " ")
    for short, plain in (("low prior", "knows little at the start"), ("high prior", "knows much at the start")):
        words = words.replace(short, plain)
    return words


def percent(share: float) -> str:
    """A share as a whole per cent; small shares keep one digit.

    Example:
        >>> [percent(share).split() for share in (0.357, 0.004, 0.0)]
        [['36', '%'], ['0.4', '%'], ['0', '%']]
    """
    if math.isnan(share):
        return "–"
    hundred = 100 * share
    return amount(hundred, 1 if 0.05 <= abs(hundred) < 1 else 0) + "\u00a0%"


def near(share: float) -> str:
    """A share that is set beside a limit near one, such as 95 %: with a decimal from 90 % on.

    Example:
        >>> [near(share).split()[0] for share in (0.4, 0.9462, 1.0)]
        ['40', '94.6', '100']
    """
    return f"{amount(100 * share, 1)}\u00a0%" if 0.9 <= share < 0.9995 else percent(share)


def amount(value: float, digits: int | None = None) -> str:
    """A plain number with a typographic minus: one decimal, two where one would only show a zero.

    Example:
        >>> amount(-0.24), amount(12.04), amount(-0.01), amount(0.001)
        ('−0.2', '12.0', '−0.01', '0.0')
    """
    if math.isnan(value):
        return "–"
    if digits is None:
        digits = 2 if 0.005 <= abs(value) < 0.05 else 1
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if not float(text) else text.replace("-", "−")


def signed(value: float, digits: int | None = None) -> str:
    """A difference with its sign.

    Example:
        >>> signed(3.12), signed(-0.5), signed(0.001)
        ('+3.1', '−0.5', '0.0')
    """
    text = amount(value, digits)
    return text if math.isnan(value) or not float(text.replace("−", "-")) or text[0] == "−" else f"+{text}"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Words in a row: a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}" if parts else ""


def in_hundred(share: float) -> str:
    """A share as "x in 100"; shares below one say so.

    Example:
        >>> in_hundred(0.071), in_hundred(0.004), in_hundred(0.0)
        ('7 in 100', 'fewer than 1 in 100', 'none')
    """
    if share <= 0:
        return "none"
    return "fewer than 1 in 100" if share < 0.01 else f"{100 * share:.0f} in 100"


def counted(n: float, one: str, many: str | None = None) -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "lesson"), counted(12, "lesson"), counted(2, "quiz", "quizzes")
        ('1 lesson', '12 lessons', '2 quizzes')
    """
    return f"{n:,.0f} {one if n == 1 else many or one + 's'}".replace(",", "\u202f")


def wrapped(text: str, width: int, lines: int) -> list[str]:
    """A name broken into at most so many lines; what does not fit ends in an ellipsis.

    Example:
        >>> wrapped("Adding fractions with unlike denominators", 18, 2)
        ['Adding fractions', 'with unlike denom…']
    """
    words, rows = text.split() or [""], [""]
    for word in words:
        longer = f"{rows[-1]} {word}".strip()
        if len(longer) <= width or not rows[-1]:
            rows[-1] = longer
        else:
            rows.append(word)
    if len(rows) > lines:
        rows = [*rows[: lines - 1], " ".join(rows[lines - 1 :])]
    return [row if len(row) <= width else row[: width - 1].rstrip() + "…" for row in rows]
