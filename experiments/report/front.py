"""The first screen of a page on one scenario: who won, a hundred pupils, three numbers, and what never to forget."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..figures.bars import BETTER, WORSE, Shares
from ..figures.markup import Child, Markup, name_of, tag
from ..figures.svg import BLACK, GREEN, ORANGE, PURPLE, SKY, YELLOW, drawing, mark, text
from ..figures.words import amount, capital, listed, percent
from ..language.translate import texts, tr
from .gainers import shares_in_expectation, shares_in_one_run
from .results import World
from .verdicts import later, who_won

EVERY, ACROSS, CELL, LINE = 100, 20, 18.0, 20.0
"""The picture has a dot for each of so many pupils, so many in a row, so far apart; its legend has such lines."""
KINDS = (("worse", "down", WORSE), ("perhaps", "diamond", "#777777"), ("same", "circle", "#9a9a9a"),
         ("better", "triangle", BETTER))  # fmt: skip
"""Of each kind of dot: its name, its shape and its colour. Shapes tell them apart without colour."""
CALLED = texts(
    {
        "worse": "{n} worse",
        "perhaps": "{n} we cannot tell",
        "same": "{n} about the same",
        "better": "{n} better",
    }
)
OF_GROUPS = (ORANGE, SKY, GREEN, PURPLE, YELLOW, BLACK)
STAYS = texts(
    "Simulated pupils: nothing here was tried with children, and it holds only as far as the assumptions are like your "
    "pupils."
)


def front(world: World, key: str) -> Markup:
    """Who won in one sentence, a hundred pupils under both ways of teaching, and three numbers."""
    expected = shares_in_expectation(world)
    if expected and expected[0].untold:  # the lives are too few to take the luck out
        expected = []
    rows = expected or shares_in_one_run(world)
    return tag(
        "section",
        tag("p", capital(who_won(world)), class_="answer"),
        tag("div", _pupils(world, key, rows, in_expectation=bool(expected)), _numbers(world), class_="both"),
        class_="front", aria_label=tr("In short"),
    )  # fmt: skip


def stays() -> Markup:
    """The line that stays in view wherever the page is read."""
    return tag("p", tr(STAYS), class_="stays", role="note")


def dots(rows: Sequence[Shares]) -> list[tuple[int, int]]:
    """(kind, group) of every dot, from worse to better: as many of each as the shares say, to the nearest pupil.

    Args:
        rows: everybody first, then the groups. Where nothing can be told of a group, dots are of no group (0).
    """
    everybody, *groups = rows
    told = [] if any(row.untold for row in groups) else groups
    parts = [(row.pupils / everybody.pupils, row) for row in told] or [(1.0, everybody)]
    exact = np.array([[share * EVERY * one for one in _kinds(row)] for share, row in parts])
    counts = np.floor(exact + 1e-9).astype(int)
    order = np.argsort(-(exact - counts), axis=None, kind="stable")[: EVERY - counts.sum()]
    counts[np.unravel_index(order, counts.shape)] += 1
    return [(kind, g) for kind in range(len(KINDS)) for g in range(len(parts)) for _ in range(counts[g, kind])]


def _kinds(row: Shares) -> tuple[float, float, float, float]:
    worse, same, better = row.worse[0], row.same[0], row.better[0]
    return worse, max(1.0 - worse - same - better, 0.0), same, better


def _pupils(world: World, key: str, rows: Sequence[Shares], *, in_expectation: bool) -> Markup:
    """The picture, with the groups in colours on demand, which needs no script."""
    _, *groups = rows
    placed = dots(rows)
    colours = [name for name in groups if not any(row.untold for row in groups)]
    counts = {name: sum(kind == k for kind, _ in placed) for k, (name, *_) in enumerate(KINDS)}
    shapes = [
        tag("g", mark(shape, CELL * (i % ACROSS + 0.5), CELL * (i // ACROSS + 0.5), 6.2, colour), class_=f"g{g}")
        for i, (kind, g) in enumerate(placed)
        for _, shape, colour in [KINDS[kind]]
    ]
    tall = CELL * (EVERY // ACROSS)
    legend = list[Markup]()
    there = [kind for kind in KINDS if counts[kind[0]]]
    for i, (name, shape, colour) in enumerate(there):
        x, y = CELL * ACROSS / 2 * (i % 2), tall + 16 + LINE * (i // 2)
        said = _count(name, counts[name])
        legend += [mark(shape, x + 7, y, 6.2, colour), text(x + 18, y + 4, said, class_="ink")]
    foot = LINE * ((len(there) + 1) // 2) + 8
    title = tr("Of {number} pupils, under {teacher} against {other}",
                number=EVERY, teacher=world.teacher.called, other=world.mastery.name)  # fmt: skip
    said = f"{listed([_count(name, counts[name]) for name, *_ in KINDS if counts[name]])}."
    picture = drawing(f"{key}-front", title, said, CELL * ACROSS, tall + foot, *shapes, *legend)
    much = f"{amount(world.table.smallest_difference * world.unit.scale)} {world.unit.words}"
    caption = (
        tr("{title}: worse or better by more than {much}; what each can expect, luck taken out.",
            title=title, much=much)
        if in_expectation
        else tr("{title}: worse or better by more than {much}; in one run of luck, which is most of what tells single "
                 "pupils apart.", title=title, much=much)
    )  # fmt: skip
    box: list[Child] = []
    if len(colours) > 1:
        names = [tag("span", name_of(capital(row.name)), class_=f"key k{g}") for g, row in enumerate(colours)]
        toggle = tag("input", type="checkbox", id=f"{key}-coloured")
        box = [toggle, tag("label", tr("Colours by group"), for_=f"{key}-coloured"), tag("p", names, class_="keys")]
    return tag("figure", *box, picture, tag("figcaption", caption), class_="pupils")


def _count(kind: str, n: int) -> str:
    """How many dots of a kind there are, in words."""
    return tr(CALLED[kind], n=n)


def _numbers(world: World) -> Markup:
    """Three numbers, each beside that of tuned mastery learning."""
    teacher, mastery, unit = world.teacher.row, world.mastery.row, world.unit
    by_minutes = world.about["schedule"]["by_minutes"]
    times = [f"{w.minutes / 60:.1f}" if by_minutes else f"{w.lessons:.0f}" for w in (teacher, mastery)]
    share = unit.column in ("exam", "post")
    ends = [percent(w.outcome.value) if share else amount(w.outcome.value * unit.scale) for w in (teacher, mastery)]
    lines = [
        (amount(teacher.skills_mastered), amount(mastery.skills_mastered),
         tr("of {number} skills known {when}", number=world.curriculum.n_skills, when=later(world))),
        (*ends, unit.words),
        (*times, tr("hours of lessons") if by_minutes else tr("lessons")),
    ]  # fmt: skip
    items = [
        tag("li", tag("strong", own), f" {words}", tag("small", f"{world.mastery.name}: {other}"))
        for own, other, words in lines
    ]
    return tag("ul", items, class_="three")


_BY_GROUP = "".join(
    f".k{g}::before{{background:{colour}}}.pupils input:checked~svg .g{g} *{{fill:{colour}}}"
    for g, colour in enumerate(OF_GROUPS)
)
CSS = f"""
.front .answer{{font-size:1.25rem;line-height:1.35;font-weight:600;margin:.4rem 0 .6rem;max-width:none}}
.both{{display:flex;flex-wrap:wrap;gap:.4rem 2rem;align-items:flex-start}}
.pupils{{margin:0;flex:1 1 22rem;max-width:32rem}}
.pupils figcaption{{margin-top:.2rem}}
.pupils label{{margin-inline-start:.3rem}}
.keys{{display:none;margin:.2rem 0}}
.key{{margin-inline-end:1rem;white-space:nowrap}}
.key::before{{content:"";display:inline-block;width:.8em;height:.8em;margin-inline-end:.3em;border-radius:50%;
 forced-color-adjust:none}}
.pupils input:checked~.keys{{display:block}}
{_BY_GROUP}
.three{{list-style:none;margin:0;padding:0;flex:1 1 14rem}}
.three li{{margin:0 0 .5rem}}
.three strong{{font-size:1.6rem;font-variant-numeric:tabular-nums}}
.three small{{display:block;color:var(--soft)}}
.stays{{position:sticky;bottom:0;z-index:1;margin:1rem 0 0;padding:.3rem .6rem;background:var(--warm);
 border-top:2px solid #D55E00;font-size:.85rem;max-width:none}}
@media print{{.stays{{position:static}}.pupils input,.pupils label{{display:none}}}}
"""
