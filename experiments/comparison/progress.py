"""The bar that a command shows while its runs are made."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def runs_progress(
    work: Mapping[str, float], console: Console
) -> Generator[tuple[Callable[[str, float], None], Callable[[str], None]]]:
    """A bar with what is done, the rate and the time left.

    Args:
        work: the runs by name, and about how much work each is.
        console: where it is shown.

    Yields:
        what to call with a run's name and the share of it that is done, and with the name of a finished run.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    shares = dict.fromkeys(work, 0.0)
    columns = (
        TextColumn("{task.fields[doing]}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[finished]}/{task.fields[runs]} runs"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    began, finished = time.perf_counter(), 0
    with Progress(*columns, console=console, transient=True) as bar:
        shown = bar.add_task("", total=sum(work.values()), doing="starting", finished=0, runs=len(work), rate="")

        def update(name: str, share: float) -> None:
            shares[name] = max(shares[name], share)
            done = sum(work[n] * s for n, s in shares.items())
            rate = finished / max(time.perf_counter() - began, 1e-9) * 60
            bar.update(shown, completed=done, doing=name[-36:], finished=finished, rate=f"{rate:.0f} runs/min")

        def end(name: str) -> None:
            nonlocal finished
            finished += 1
            update(name, 1.0)

        yield update, end
