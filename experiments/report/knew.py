"""How well the tutor knew its pupils: its belief against the truth, under each way of teaching."""

from __future__ import annotations

from collections.abc import Sequence

from ..figures.calibration import Calibration, calibration_chart
from ..figures.markup import Child, Markup, join, tag
from ..figures.svg import figure
from ..figures.tables import table as html_table
from ..figures.words import amount, capital, listed, percent
from ..language.translate import texts, tr
from ..store.runs import BELIEF
from .outcomes import label, styles
from .results import Way, World

DIGITS = 3
NEAR = 0.05
"""A share that is no further from what was believed counts as what was believed."""
BELIEVED = texts(
    "No tutor looks into heads. From the answers so far it works out how likely a pupil knows each skill, and most "
    "ways of teaching choose by that: it is what the tutor believes."
)
LOOKED = texts(
    "In this scenario the tutor is told what every pupil knows, as no tutor is, and has nothing to work out."
)
KINDS = texts({
    "bkt": "This tutor takes every skill by itself: an answer says something about the skills of its question alone.",
    "graph": "This tutor minds what builds on what: a right answer on a hard skill also speaks for those it builds on.",
    "practice": "This tutor minds what builds on what, and that a lesson teaches more or less after practice.",
    "states": "This tutor weighs every set of skills that a pupil may know who has learnt them in their order.",
    "ability": "This tutor estimates one ability from how hard the questions were that a pupil answered.",
    "exact": "This tutor weighs every combination of skills that the pupil may know.",
    "misconceptions": "This tutor reads which wrong answer was chosen, and which mistake that speaks for.",
    "elo": "This tutor keeps an ability for every skill, which moves with every surprise.",
    "half_life": "This tutor takes every skill for a memory that fades, by how often it was right.",
    "fsrs": "This tutor takes every skill for a memory that fades, as the scheduler FSRS does.",
})  # fmt: skip
"""What a kind of belief does, in a sentence."""
MORE = ("random", "ready_random")
"""Who else is drawn beside the teacher and mastery learning: the first of them that gave lessons."""


def how_well_known(world: World, key: str) -> Markup:
    """The section: what it means, how right the high beliefs were, the picture, and every way of teaching."""
    found = {
        way.policy: Calibration.of([run.columns(BELIEF) for run in way.runs])
        for way in world.ways.values()
        if all(run.has(BELIEF) for run in way.runs)
    }
    judged = {policy: curve for policy, curve in found.items() if curve.weight.any()}
    if not judged:
        why = tr(
            "How well the tutor knew its pupils was not measured: these results were made with an older version of the "
            "program. Made again, they would say it."
        )
        return tag("p", why)
    kind = str((world.about.get("belief") or {}).get("kind"))  # results of older versions do not say it
    told = kind == "truth"
    intro = [
        tr(LOOKED) if told else tr(BELIEVED),
        tr(KINDS[kind]) if kind in KINDS else "",
        tr("Only here, where pupils are simulated, can it be set beside the truth. The distance from the truth is the "
            "mean of the squared difference (Brier’s score): 0 for whoever is always right and sure, and less is "
            "better. The yardstick beside it is a tutor who hears no answer and says of every skill of every pupil "
            "what is true on average. Above the yardstick a belief misleads. What a tutor can know depends on what it "
            "asks: so every line is about a belief and a way of teaching together. Ways of teaching that look inside "
            "the pupils do not need it: their lines, too, are about what the tutor would have believed."),
    ]  # fmt: skip
    return join(
        tag("p", " ".join(intro)),
        tag("p", _in_words(world, judged)),
        _picture(world, key, judged),
        _table(world, judged),
    )


def _in_words(world: World, judged: dict[str, Calibration]) -> str:
    """The distances of the teacher and of mastery learning, and what their highest beliefs were worth."""
    ways = [way for way in (world.teacher, world.mastery) if way.policy in judged]
    return " ".join(capital(_told(way, judged[way.policy])) for way in ways)


def _told(way: Way, curve: Calibration) -> str:
    own, mean = way.row.belief_brier, curve.of_the_mean
    said = tr("under {teacher} the distance is {own}; the yardstick is {mean}.",
               teacher=way.called, own=amount(own, DIGITS), mean=amount(mean, DIGITS))  # fmt: skip
    last = int(curve.drawn.nonzero()[0][-1])
    believed, known = float(curve.belief[last]), float(curve.known[last])
    verdict = tr("as it should be")
    if abs(believed - known) > NEAR:
        verdict = tr("too sure") if believed > known else tr("too careful")
    best = tr(
        "Skills that were believed best known there, {believed} on average, were really known to {known}: {verdict}.",
        believed=percent(believed), known=percent(known), verdict=verdict,
    )  # fmt: skip
    return f"{said} {best}"


def _picture(world: World, key: str, judged: dict[str, Calibration]) -> Markup:
    drawn = styles(world)
    beside = [policy for policy in MORE if policy in judged][:1]
    chosen = dict.fromkeys([world.teacher.policy, world.mastery.policy, *beside])
    lines = [
        (label(world, world.ways[policy], short=True), judged[policy], drawn[policy])
        for policy in chosen
        if policy in judged
    ]
    caption = tr(
        "Skills are put together by how well they were believed known, in steps of a tenth; each mark says how many of "
        "them really were. On the straight line the belief is right. Below it the tutor thinks too well of its pupils, "
        "above it too little. Steps with hardly any skills are left out."
    )
    return figure(caption, calibration_chart(f"{key}-knew", lines))


def _table(world: World, judged: dict[str, Calibration]) -> Markup:
    rows: list[Sequence[Child]] = []
    for way in world.ways.values():
        curve, row = judged.get(way.policy), way.row
        numbers = (row.belief_brier, curve.of_the_mean if curve else float("nan"), row.belief_log_loss)
        rows.append([label(world, way), *(amount(value, DIGITS) for value in numbers)])
    silent = [way.called for way in world.ways.values() if way.policy not in judged]
    head = [tr("Way of teaching"), tr("Distance from the truth (Brier)"), tr("Always saying the mean"),
            tr("Log-loss, nats")]  # fmt: skip
    table = html_table(tr("The tutor’s belief against the truth"), head, rows)
    if not silent:
        return table
    note = tr("Without lessons, or from older results, there is nothing to judge: {ways}.", ways=listed(silent))
    return join(table, tag("p", note))
