"""Numbers and names as a teacher would say them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..language.translate import texts, tr

LONGEST_NAME = 38
"""Signs that a name beside a curve has room for."""
PLAIN_NAMES = texts({
    "no_teaching": "no teaching",
    "random": "random lessons",
    "ready_random": "random, ready skills only",
    "linear": "one topic after the other",
    "interleaved": "topics interleaved",
    "classroom": "one calendar for the whole class",
    "mastery": "mastery learning (textbook)",
    "mastery_tuned": "mastery learning (tuned)",
    "mastery_tuned_no_review": "mastery learning (tuned, no reviews)",
    "mastery_no_finish": "mastery learning (never ends early)",
    "mastery_review": "mastery learning (with reviews)",
    "most_lacking": "problems with most unknown skills",
    "most_lacking_tuned": "problems by what lacks (tuned)",
    "least_mastered": "the least known problem",
    "outer_fringe": "only what is ready to be learnt",
    "streak": "several right in a row, then on",
    "greedy": "most gain at once",
    "greedy_per_minute": "most gain for the exam per minute",
    "greedy_ready": "most gain at once, ready skills only",
    "tuned_index": "a score for every exercise, tuned",
    "untrained_scorer": "learnt teacher before its first lesson",
    "zpdes": "where success is rising (set by hand)",
    "zpdes_optimised": "where success is rising (tuned)",
    "riarit": "a little above the level reached",
    "ucb": "where progress is largest",
    "ucb_window": "where progress is largest of late",
    "thompson": "where progress may be largest, by lot",
    "linucb": "where progress is predicted largest",
    "leitner": "flash-card boxes",
    "leitner_queue": "flash-card boxes, drawn by lot",
    "sm2": "growing review intervals (SuperMemo)",
    "fsrs_scheduler": "review when recall has faded (FSRS)",
    "memorize_review": "reviews by lot, the faded first",
    "recall_threshold": "review just before it fades",
    "recall_threshold_true": "review just before it truly fades",
    "most_forgotten": "most forgotten first",
    "worst_first": "most mistakes first",
    "cat": "the most telling question",
    "closest_to_p": "questions of a fixed difficulty",
    "most_informative": "the question that tells most",
    "expectimax": "three lessons of foresight",
    "monte_carlo": "many futures tried in thought",
    "cross_entropy": "best sequence searched for",
    "oracle_greedy": "all-knowing teacher",
    "oracle_per_minute": "all-knowing teacher minding the clock",
    "oracle_lookahead": "all-knowing teacher with foresight",
    "oracle_index": "all-knowing teacher with tuned weights",
    "ssp_mmc": "cheapest reviews, memory known",
    "fully_observed": "exact optimum, knowledge seen",
    "optimal": "exact optimum",
    "ppo": "learnt teacher (plain network)",
    "ppo_scorer": "learnt teacher",
    "ppo_robust": "learnt teacher for whoever comes",
    "ppo_scorer_unmasked": "learnt teacher, unready skills allowed",
    "ppo_attention": "learnt teacher comparing nearby skills",
    "ppo_recurrent": "learnt teacher with a memory",
    "a2c": "learnt teacher (A2C)",
    "dqn": "learnt teacher (DQN)",
    "qrdqn": "learnt teacher (QR-DQN)",
    "saved": "learnt teacher, trained before",
})  # fmt: skip
"""What the report calls each way of teaching."""
KINDS = texts({
    "difficulty_band": "They learn from exercises that are neither too easy nor too hard for them (a band of "
        "difficulty), and little from all others.",
    "growing_ability": "They learn from exercises that are neither too easy nor too hard for them, and little from "
        "all others.",
    "quick_forgetting": "They forget more quickly than the teacher expects.",
    "slow_learning": "They learn more slowly than the teacher expects.",
    "slow": "They learn more slowly than the teacher expects.",
    "careless": "They guess right and slip more often than the teacher expects.",
    "other_kernel": "Other levels of difficulty teach them most.",
    "know_or_not": "They know a skill or they do not, with nothing between.",
    "perturbed": "Every pupil learns, guesses and forgets a little differently from the model.",
    "dhp": "Their memories follow another law: the longer a pause was survived, the longer the next one may be.",
    "half_life": "Their memories follow another law: right answers lengthen their half-life, wrong ones shorten it.",
    "actr": "Their memories follow another law: every lesson leaves a trace of its own, which fades.",
    "less_known": "They know less than the teacher expects.",
    "learns_from_questions": "They learn from being asked, which the teacher does not expect.",
    "less_able": "They are less able than those the test was made for.",
    "guessing": "They guess one answer in five, which the teacher does not expect.",
    "blunt_questions": "Questions tell less about them than the teacher expects.",
    "nothing_known": "They know no topic better than another, and less than the teacher expects.",
    "das3h": "What they practise fades by how long ago it was, and they learn from every answer alike.",
    "stubborn": "A wrong rule is refuted half as easily as the teacher expects.",
    "approaches_alike": "Examples, explanations and questions teach them alike, which the teacher does not expect.",
    "forgetting": "They have no wrong rules, and forget.",
    "other_network": "The skills help each other in another way than the teacher expects.",
})  # fmt: skip
"""What is said of the kinds of pupils that no teacher expects in the scenarios of ours."""
KNEW = texts({"low prior": "knows little at the start", "high prior": "knows much at the start"})
"""Groups by what they know, as scenarios name them and as a teacher would."""
EXPLAINED = texts({
    "no_teaching": "Nobody is taught: it shows how pupils would do without any lesson.",
    "random": "Each lesson is drawn by lot.",
    "ready_random": "Each lesson is drawn by lot among the skills whose prerequisites are believed to be known.",
    "linear": "One skill after the other in the order of the curriculum, each for the same time, the same for every "
        "pupil.",
    "interleaved": "All skills in turn, one lesson each, again and again, the same for every pupil.",
    "classroom": "Everybody gets the same lesson on the same day. The plan is the best that was found for another "
        "class.",
    "mastery": "A skill is practised until it is believed 95 % known, then the next one.",
    "mastery_tuned": "A skill is practised until it is believed known well enough, then the next one. How well is "
        "enough, and when to review, was tried out on other pupils.",
    "mastery_tuned_no_review": "Tuned mastery learning in which no skill comes back because its day has come.",
    "mastery_no_finish": "Mastery learning that uses all the time: once everything is believed known, the weakest "
        "skill is reviewed.",
    "mastery_review": "Mastery learning in which a skill that is known comes back after some days, then ever less "
        "often.",
    "most_lacking": "Always the problem with most skills that are believed less than 95 % known, as tutors with "
        "problems of several steps choose.",
    "most_lacking_tuned": "Always the problem that serves most of what is believed unknown. From when on a skill "
        "counts as known, and whether its prerequisites must be, was tried out on other pupils.",
    "least_mastered": "Always the problem whose skills are together believed least known, until each is believed 85 "
        "% known.",
    "outer_fringe": "Only skills not yet known whose prerequisites all are; where a skill does not come, back to its "
        "prerequisites.",
    "streak": "A skill is practised until several answers in a row are right, then the next one.",
    "greedy": "Always the lesson that is believed to add most knowledge at once.",
    "greedy_per_minute": "Always the lesson that is believed to add most knowledge for its minutes, and of that only "
        "what will still be known at the exam.",
    "greedy_ready": "Always the lesson that is believed to add most knowledge at once, but only on skills whose "
        "prerequisites are believed known.",
    "zpdes": "Skills in which a pupil answers better and better are practised; when they go well the next one opens, "
        "and one that goes very well closes. Its numbers were set by hand.",
    "zpdes_optimised": "The same as “where success is rising”, with the numbers that worked best on other pupils.",
    "riarit": "Judges from the answers how far a pupil is in each skill and sets exercises a little above that, "
        "mostly in skills that have been getting better.",
    "ucb": "Teaches the skill that has been improving most, and now and then one of which little is known yet.",
    "ucb_window": "Teaches the skill that has been improving most in the last lessons; what was long ago is "
        "forgotten.",
    "thompson": "Guesses for each skill how fast it may be improving, anew every time, and teaches the fastest.",
    "linucb": "Predicts how much the pupil will improve in each skill and teaches where that is most; skills of "
        "which little is known are tried too.",
    "leitner": "Every skill is a card: answered right, it moves to a box that is opened less often; answered wrong, "
        "it goes back to the first.",
    "leitner_queue": "Flash cards in boxes; from which box the next card comes is drawn by lot. Now and then a new "
        "card is put in.",
    "sm2": "A skill is reviewed after one day, then after six, then at ever longer intervals; a wrong answer starts "
        "it again.",
    "fsrs_scheduler": "A skill is reviewed when the chance of remembering it is believed to have fallen to a limit.",
    "memorize_review": "Reviews are drawn by lot, the likelier the more of a skill is believed forgotten.",
    "recall_threshold": "Reviews the skill that is believed to be just about to fade; until then, something new.",
    "recall_threshold_true": "Reviews the skill that is really just about to fade; it looks inside the simulated "
        "pupils, as nobody can.",
    "most_forgotten": "Reviews what is believed most forgotten; when nothing is, something new.",
    "worst_first": "Practises the skill with the lowest share of right answers; when all go well, something new.",
    "tuned_index": "Gives every lesson a score from what is known of the pupil, such as how much it may add, and "
        "takes the highest. How much each thing counts was found on simulated pupils beforehand.",
    "untrained_scorer": "The learnt teacher before it has learnt anything: the lesson that is believed to add most "
        "knowledge for its minutes, of those that a pupil is believed ready for.",
    "cat": "Asks the question whose answer tells most about what the pupil knows, as adaptive tests do.",
    "most_informative": "Asks the question whose answer is expected to tell most about what the pupil knows, and "
        "stops when none tells enough.",
    "closest_to_p": "Sets the exercise that the pupil is expected to get right about as often as worked best on "
        "other pupils, such as three times in four.",
    "expectimax": "Thinks through the next three lessons with every answer that the pupil may give, and takes the "
        "best first step.",
    "monte_carlo": "Plays through many ways in which the next lessons may go, and takes the lesson that turned out "
        "best.",
    "cross_entropy": "Looks for the best order of the next lessons, anew after every answer.",
    "oracle_greedy": "Looks inside the simulated pupils, as nobody can, and gives the lesson that helps most at "
        "once. It shows how much room there is.",
    "oracle_per_minute": "Looks inside the simulated pupils, as nobody can, and gives the lesson that helps most for "
        "the minutes that it takes.",
    "oracle_lookahead": "Looks inside the simulated pupils, as nobody can, and tries out the next lessons on copies "
        "of them before it chooses.",
    "oracle_index": "Looks inside the simulated pupils, as nobody can, gives every lesson a score from what is true "
        "of them, and takes the highest. How much each thing counts was found on other pupils beforehand.",
    "ssp_mmc": "Looks inside the simulated pupils, as nobody can, and reviews a word whenever that saves reviews "
        "later on.",
    "fully_observed": "Sees at every moment what a pupil really knows, as nobody can, and works out the best lesson "
        "exactly. Nobody can do better on average.",
    "optimal": "Sees only answers, like every teacher, but knows exactly how the simulated pupils learn, and works "
        "out the best lesson. Nobody who sees only answers can do better on average.",
    "ppo": "A program that found its way of choosing by trial and error on other simulated pupils. It looks at all "
        "skills at once.",
    "ppo_scorer": "A program that found its way of choosing by trial and error on other simulated pupils. It gives "
        "every skill marks by the same rule and teaches the one with the highest.",
    "ppo_robust": "The same, but it practised on several kinds of simulated pupils, for when nobody knows who will "
        "come.",
    "ppo_scorer_unmasked": "The same as the learnt teacher, but it may also choose skills whose prerequisites are "
        "not believed known.",
    "ppo_attention": "The same as the learnt teacher, but the marks of a skill also depend on the skills next to it "
        "on the map.",
    "ppo_recurrent": "A program that found its way of choosing by trial and error, and remembers all earlier lessons "
        "of a pupil.",
    "a2c": "A program that found its way of choosing by the simplest kind of trial and error.",
    "dqn": "A program that learnt by trial and error how much each lesson is worth, and gives the one worth most.",
    "qrdqn": "The same, but it also learnt how much the worth of a lesson varies.",
    "saved": "A program that found its way of choosing earlier, by trial and error on simulated pupils.",
})  # fmt: skip
"""What each way of teaching does, in a sentence or two."""

GLOSSARY = texts((
    ("skill", "One thing to be learnt, such as adding fractions."),
    ("item", "What is shown in a lesson: an exercise, a worked example, an explanation. It belongs to some skill."),
    ("lesson", "One item, worked through. Several lessons without a break are a session."),
    ("prerequisite", "A skill that must be known before another one can be learnt."),
    ("teacher", "A program that chooses the next item for each pupil. A learnt teacher found its way of choosing by "
        "trial and error on simulated pupils."),
    ("mastery learning", "A pupil stays with a skill until it is believed known, then goes on. The textbook kind "
        "asks for 95 % belief; the tuned kind uses the settings that worked best on other simulated pupils."),
    ("believed known", "The chance, worked out from the answers so far, that the pupil knows the skill. Nobody but "
        "the simulation sees the truth."),
    ("Brier’s score", "How far what the tutor believes is from the truth: the squared difference, on average over "
        "skills and pupils. 0 is always right and sure; always saying one half scores 0.25."),
    ("log-loss", "Another such distance, in which being sure and wrong costs most. Its unit is called nat."),
    ("exam questions right", "How many of the exam's questions the pupil is expected to answer right."),
    ("95 % interval", "In about 95 of 100 experiments like this one such an interval holds the true difference, if "
        "pupils were as the models are."),
    ("better, worse", "The whole interval, widened for all that the table compares, lies beyond the smallest "
        "difference worth having."),
    ("ahead, behind", "It lies beyond no difference at all, but not all of it beyond the smallest one worth having."),
    ("no practical difference", "We know enough to say that the difference is not above the smallest one worth "
        "having."),
    ("cannot tell", "The interval holds differences worth having as well as none: more pupils or trainings are "
        "needed."),
    ("noticeably worse", "The same simulated pupil, taught again and again with other luck, would on average end "
        "lower than under mastery learning by more than the smallest difference worth having."),
    ("worst tenth", "The tenth of the pupils who end lowest."),
    ("training", "One complete learning of a teacher. It has luck in it, so it is repeated."),
    ("reference", "A way of choosing that knows what no teacher can know: what a simulated pupil really knows, or "
        "how exactly pupils learn. It shows how much room there is; nobody could use it."),
    ("bound", "A reference that is worked out exactly: nobody can expect to do better with what it sees."),
    ("pupil in the middle", "Half of the pupils have more, half have less: the median."),
    ("flagged", "A pupil in the third of the class with the lowest share of right answers so far, of those who were "
        "asked ten questions or more."),
    ("would frustrate", "A way of teaching under which pupils are wrong so often that real ones would lose heart. "
        "Where the limit is, is our own guess; it stands where the words are used."),
))  # fmt: skip
"""Words of the page, each with what it means."""


def plain_name(policy: str) -> str:
    """What the report calls a way of teaching: a plain name where we have one, else the file's own name."""
    return tr(PLAIN_NAMES[policy]) if policy in PLAIN_NAMES else policy.replace("_", " ")


def capital(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def group_words(group: str) -> str:
    """The name of a group as a teacher would say it.

    Example:
        >>> group_words("slow_learners, low prior")
        'slow learners, knows little at the start'
    """
    words = group.replace("_", " ")
    for short, plain in KNEW.items():
        words = words.replace(short, tr(plain))
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
    text = f"{value:.{decimals(value) if digits is None else digits}f}"
    return text.lstrip("-") if not float(text) else text.replace("-", "−")


def adds_up(value: float, other: float, difference: float, digits: int) -> bool:
    """Whether a difference, as it is printed, is that of the two printed numbers.

    Example:
        >>> adds_up(12.333, 11.786, 0.547, 2), adds_up(12.333, 11.786, 0.547, 1)
        (False, True)
    """
    return abs(round(value, digits) - round(other, digits) - round(difference, digits)) < 0.5 * 10.0**-digits


def decimals(*values: float) -> int:
    """How many decimals numbers get that are read together: one; two where one would turn any of them into a zero.

    Example:
        >>> decimals(3.12, -0.5), decimals(3.12, -0.01), decimals(0.0, 0.001)
        (1, 2, 1)
    """
    return 2 if any(0.005 <= abs(value) < 0.05 for value in values) else 1


def signed(value: float, digits: int | None = None) -> str:
    """A difference with its sign.

    Example:
        >>> signed(3.12), signed(-0.5), signed(0.001)
        ('+3.1', '−0.5', '0.0')
    """
    text = amount(value, digits)
    return text if math.isnan(value) or not float(text.replace("−", "-")) or text[0] == "−" else f"+{text}"


def listed(parts: Sequence[str]) -> str:
    """Words in a row: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    some = parts[0]
    for part in parts[1:-1]:
        some = tr("{some}, {next}", some=some, next=part)
    return tr("{some} and {last}", some=some, last=parts[-1])


def in_hundred(share: float) -> str:
    """A share as "x in 100"; shares below one say so.

    Example:
        >>> in_hundred(0.071), in_hundred(0.004), in_hundred(0.0)
        ('7 in 100', 'fewer than 1 in 100', 'none')
    """
    if share <= 0:
        return tr("none")
    return tr("fewer than 1 in 100") if share < 0.01 else tr("{n} in 100", n=f"{100 * share:.0f}")


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
