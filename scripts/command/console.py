"""What a verb shows while it works and when it is done."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zpdgym.scripts.command.verbs import Ranked

if TYPE_CHECKING:
    from zpdgym.experiments.evaluate import Evaluation
    from zpdgym.experiments.runs.plan import RunPlan
    from zpdgym.experiments.store.runs import Run

SHOWN = {
    "pre": "right before teaching",
    "exam": "right at the exam",
    "skills_mastered": "skills mastered at the exam",
    "worst_decile": "worst tenth of the students",
    "lessons": "lessons per student",
    "minutes": "minutes per student",
    "wasted": "lessons wasted",
    "in_band": "lessons inside the difficulty band",
    "quit": "students who gave up",
    "right": "answers right while taught",
    "longest_wrong": "longest run of wrong answers",
    "mostly_wrong": "students below half right",
    "belief_brier": "the belief's distance from the truth (Brier)",
}
"""The numbers of a summary that fit on a screen; shares are printed per cent."""
MOST_ROWS = 20
"""So many rows of a learning curve fit on a screen."""
TELLS = 0.01
"""Share of the work after which the time left may be reckoned: before it most of the time went into something else."""
_COUNTS = ("skills_mastered", "lessons", "minutes", "longest_wrong")


@contextmanager
def progress_bar(what: str, *, total: int, unit: str = "lessons") -> Iterator[Callable[[int], None]]:
    """A bar on stderr with rate and time left, told how many lessons are done; into a file a line every ten seconds.

    Args:
        what: a word before the bar.
        total: the largest possible number of lessons.
        unit: what is counted, where it is not lessons.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(what, total, unit)
        return
    rate = "{task.fields[rate]:,.0f}" if unit == "lessons" else "{task.fields[rate]:,.1f}"
    amount = TextColumn(f"{{task.completed:,.0f}} of {{task.total:,.0f}} {unit}, {rate} per second,")
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn(), TextColumn("left"))
    bar = Progress(*columns, console=console, transient=True)
    line = bar.add_task(what, total=total, rate=0.0)

    def show(done: int) -> None:
        # drawn from the first lesson on: what comes before it, a fit or a tuning, says itself how far it is
        bar.start()
        bar.update(line, completed=done, rate=bar.tasks[0].speed or 0.0)

    try:
        yield show
    finally:
        if bar.live.is_started:
            bar.stop()


def _lines(what: str, total: int, unit: str) -> Callable[[int], None]:
    """Says every ten seconds how far it is: short work says nothing."""
    from zpdgym.notes import EVERY, duration

    began = last = time.monotonic()

    def show(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= EVERY:
            last = now
            told = f"{what}: {done:,} of {total:,} {unit}, {done / max(total, 1):.0%}"
            if done >= TELLS * total:
                told += f", about {duration((now - began) * max(total - done, 0) / max(done, 1))} left"
            sys.stderr.write(f"{told}\n")
            sys.stderr.flush()

    return show


def training_table(run: Run, plan: RunPlan) -> Ranked:
    """Print what validation students say of a finished run, as it was trained; the headline, in words.

    Test students are not shown: whoever sees them after every training chooses by them in the end.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table
    from zpdgym.experiments.store.runs import TRAIN, VALIDATION

    found, title = run.json(VALIDATION), escape(f"{plan.entry.name} on {plan.scenario.label}")
    if run.has(TRAIN):
        table = Table()
        for head in ("lessons of training", found["primary"]):
            table.add_column(head, justify="right")
        curve = run.columns(TRAIN)
        rows = list(zip(curve["lessons"].tolist(), curve["validation"].tolist(), strict=True))
        for lessons, outcome in rows[:: -(-len(rows) // MOST_ROWS)]:
            table.add_row(f"{lessons:,.0f}", f"{outcome:.4f}")
        Console(file=sys.stdout, highlight=False).print(table)
    text = f"{found['primary']} {found['mean']:.4f} on {found['students']:,} validation students"
    print(f"{title}: {text}{', who also chose the best of these teachers' if run.has(TRAIN) else ''}.")
    print("Test students are shown by zpdgym compare, beside other ways of teaching and with intervals.")
    return Ranked(text, float(found["mean"]), plan.scenario.label, str(plan.folder))


def summary_table(found: Evaluation, *, n_students: int) -> str:
    """Print the numbers of an evaluation; the headline, in words."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table
    from zpdgym.experiments.mistakes import LIMITS, frustrates
    from zpdgym.experiments.runs.outcomes import LATER

    numbers = found.summary()
    table = Table(title=escape(f"{found.policy} on {found.scenario}, {n_students:,} students"), title_justify="left")
    table.add_column("what")
    table.add_column("mean", justify="right")
    interval = f"[{numbers['outcome_low']:.4f}, {numbers['outcome_high']:.4f}]"
    outcome = f"{numbers['outcome']:.4f}"
    table.add_row(f"[bold]primary outcome: {found.primary}[/bold]", f"[bold]{outcome}[/bold] {interval}")
    if LATER in found.outcomes:
        table.add_row("what is left of it outcome.later_days after the exam", f"{found.outcomes[LATER].mean():.4f}")
    for name, text in SHOWN.items():
        value = numbers[name]
        digits = "{:.4f}" if name == "belief_brier" else "{:.1f}" if name in _COUNTS else "{:.1%}"
        table.add_row(text, "-" if value != value else digits.format(value).replace("%", " %"))
    Console(file=sys.stdout, highlight=False).print(table)
    print("Simulated students; the interval resamples students (95 %).")
    if numbers["lessons"] > 0 and numbers["right"] != numbers["right"]:
        print("Nobody was asked anything: every lesson was an example or an explanation, which are only read.")
    if frustrates(numbers):
        print(f"Would frustrate the typical student (a prior): {LIMITS}.")
    return f"{found.primary} {outcome} {interval}"
