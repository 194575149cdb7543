"""The missing runs of a plan made, and what is told of that."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from zpdgym.errors import CannotWrite, RunsFailed, debugging
from zpdgym.parameters import Table
from zpdgym.streams import standard_output

from ..cluster.clusters import Chosen, load_cluster
from ..cluster.luggage import Luggage, there
from ..places import sentence_without_places
from ..runs.arguments import JOBS, RERUN
from ..runs.execute import effort, make_run
from ..runs.lives import missing_lives
from ..runs.plan import Plan, RunPlan, saved_files
from ..runs.search import SearchPlan, make_search, search_of, searches
from ..runs.specification import TUNED
from ..store.runs import DONE, RUN, TEACHER, TRAIN, TUNING, VALIDATION, Run, to_do
from ..workers import Engine, Failed, Job, cores, run_jobs
from .rows import LIVES, THE_RUN, FailedRun

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


MAKING: Table = {"jobs": JOBS, "rerun": RERUN}
"""What is asked of how a plan is made."""
SILENT = 60.0
"""After so many seconds without a finished run a file or pipe is told how far the unfinished ones are."""


@dataclass(frozen=True, eq=False)
class Made:
    """What came of a plan.

    Attributes:
        folder: where everything lies: ``results/<name>``.
        table: all numbers; see ``docs/evidence.md`` and ``docs/robustness.md``.
        made: how many runs were made now (the others were finished before).
        failed: the runs that could not be made, and why; the same command tries them again.
    """

    folder: Path
    table: Mapping[str, Any]
    made: int
    failed: tuple[FailedRun, ...]

    def all_made(self) -> None:
        """Refuse to call it done where runs failed.

        Raises:
            RunsFailed: there are such, with the first of them and why.
        """
        if self.failed:
            raise RunsFailed(some_failed(self.failed), traced=True)


class Making:
    """Makes the runs of a plan that are not finished yet.

    Args:
        jobs: how many processes; None: one per core.
        console: where progress and results are shown; None: the terminal.
        cluster: where runs are made; None: on this machine.
    """

    def __init__(self, jobs: int | None, console: Console | None, cluster: Chosen = None) -> None:
        from rich.console import Console

        self.jobs, self.cluster = jobs, load_cluster(cluster)
        self.console = console or Console(file=cast("IO[str]", standard_output()))
        self.started, self.home, self.engine = time.perf_counter(), Path(), cast("Engine | None", None)

    @contextmanager
    def at(self, home: Path, runs: Sequence[RunPlan]) -> Generator[None]:
        """Have the cluster at hand, for runs below a folder.

        Raises:
            InputError: it cannot be reached, does not run what this machine runs, or lacks what a run reads.
        """
        self.home = home
        with self.cluster.open(home=home, jobs=self.jobs) as self.engine:
            if self.engine is not None:
                self.engine.accept(_luggage(run, home) for run in runs if not _made(run))
            yield

    def make(
        self, runs: Sequence[RunPlan], *, on_finished: Callable[[RunPlan], None] = lambda run: None
    ) -> tuple[FailedRun, ...]:
        """Make runs, the longest first, so that no core is idle at the end.

        Args:
            runs: what to make.
            on_finished: called with each of them when it is done.

        Returns:
            those that failed, in the order given; the others are made all the same.

        Raises:
            CannotWrite: the disk is full or the results are read-only.
        """
        if not runs:
            return ()
        by_name, names = {run.name: run for run in runs}, {run.folder: run.name for run in runs}
        failed = dict[str, FailedRun]()
        first = [search for search in searches(run for run in runs if not _made(run)) if not search.made]
        names |= {search.folder: search.name for search in first}
        unsettled = dict[str, str]()
        # what others wait for comes before everything else
        ordered = sorted(runs, key=lambda run: (run.entry.name != TUNED, -effort(run)))
        jobs = [
            *(Job(search.name, search, luggage=_luggage(search, self.home)) for search in first),
            *(
                Job(
                    run.name,
                    run,
                    frozenset(names[f] for f in _awaited(run) if f in names),
                    luggage=_luggage(run, self.home),
                )
                for run in ordered
            ),
        ]
        searched = {search.name: search for search in first}
        work = {search.name: search.effort for search in first} | {run.name: effort(run) for run in runs}
        with runs_progress(work, self.console) as (on_progress, on_done):

            def done(name: str, _: None) -> None:
                on_done(name, _in_short(by_name.get(name) or searched[name]))
                if name in by_name:
                    on_finished(by_name[name])

            def fail(name: str, why: Failed) -> bool:
                on_done(name, None)
                made = False
                if name in by_name:
                    run, made = by_name[name], _made(by_name[name])
                    if made:
                        on_finished(run)  # it lacks its lives only
                    search = search_of(run)
                    said = unsettled.get(search.name, why.said) if search is not None else why.said
                    failed[name] = _failed(run, said, lacks=LIVES if made else THE_RUN)
                else:
                    unsettled[name] = f"the search for its settings failed: {why.said}"
                self.console.print(f"failed: {name}: {why.said}", highlight=False, markup=False, soft_wrap=True)
                if debugging() and why.told:
                    self.console.print(why.told, highlight=False, markup=False, soft_wrap=True)
                return made

            run_jobs(
                _make,
                jobs,
                workers=self.jobs or cores(),
                engine=self.engine,
                on_progress=on_progress,
                on_done=done,
                on_failed=fail,
            )
        return tuple(failed[run.name] for run in runs if run.name in failed)

    def tell(self, plan: Plan, made: int, parts: Sequence[RenderableType], files: str) -> None:
        """Print the result, how long it took, and where its files are."""
        for part in parts:
            self.console.print(part, markup=False, highlight=False)
        runs = [Run(run.folder) for run in (*searches(plan.runs), *plan.runs) if _made(run)]
        computing = sum(sum(run.json(RUN)["seconds"].values()) for run in runs)
        now = f"{made} of {len(plan.runs)} runs made now; {time.perf_counter() - self.started:.0f} s"
        lines = [f"{now}, {computing:.0f} s of computing in all.", *_seeking(plan), files]
        self.console.print("\n".join(lines), highlight=False, soft_wrap=True)


def _make(plan: RunPlan | SearchPlan, report: Callable[[float], None]) -> None:
    """What a worker does."""
    if isinstance(plan, SearchPlan):
        make_search(plan, report)
    else:
        make_run(plan, report)


def _awaited(run: RunPlan) -> list[Path]:
    """The folders of what a run waits for."""
    search, same = search_of(run), run.same_as and run.same_as[0]
    return [folder for folder in (run.mastery, run.trained_by, same, search and search.folder) if folder is not None]


def _luggage(plan: RunPlan | SearchPlan, home: Path) -> Luggage:
    """What a run or a search needs, and leaves, where this disk is not seen."""
    files, folder = tuple(saved_files(plan.entry.spec)), there(plan.folder, home)
    if isinstance(plan, SearchPlan):
        return Luggage(home, plan.folder, replace(plan, folder=folder), plan.settings, files)
    reads = dict[Path, tuple[str, ...]]()
    if plan.mastery is not None:
        reads[plan.mastery] = (TUNING,)
    if plan.trained_by is not None:
        reads[plan.trained_by] = (TRAIN, TUNING, TEACHER)
    if (search := search_of(plan)) is not None:
        reads[search.folder] = (TUNING, DONE)
    moved = replace(
        plan,
        folder=folder,
        mastery=plan.mastery and there(plan.mastery, home),
        trained_by=plan.trained_by and there(plan.trained_by, home),
        same_as=None,
    )
    return Luggage(home, plan.folder, moved, plan.settings, files, reads, copies=plan.same_as is not None)


def _seeking(plan: Plan) -> list[str]:
    """How long every policy's settings were sought, where a learner's were: the seconds are part of the budget."""
    learners = [search for search in searches(plan.runs) if search.made]
    baselines = [
        run for run in plan.runs if learners and not run.trained and _made(run) and Run(run.folder).has(TUNING)
    ]
    seconds = dict[str, float]()
    for made in (*learners, *baselines):
        name = made.entry.name
        seconds[name] = seconds.get(name, 0.0) + Run(made.folder).json(RUN)["seconds"]["tune"]
    words = ", ".join(f"{name} {taken:.0f} s" for name, taken in seconds.items())
    return [f"Seeking settings took: {words}."] if words else []


@contextmanager
def kept(plan: Plan) -> Generator[None]:
    """Say what was kept where something cannot be written.

    Raises:
        CannotWrite: the disk is full or the results are read-only.
    """
    try:
        yield
    except CannotWrite as error:
        made = sum(map(_made, plan.runs))
        went = f"{made} of {len(plan.runs)} runs are finished and kept, and the same command goes on from there"
        raise CannotWrite(f"{error}; {went} when there is room and the folder may be written") from error


def _made(run: RunPlan | SearchPlan) -> bool:
    """Whether a run is finished, with or without its lives."""
    return Run(run.folder).done == run.fingerprint.value


def _failed(run: RunPlan, why: str, *, lacks: str) -> FailedRun:
    home = None if run.kinds is None else run.home
    return FailedRun(
        scenario=run.scenario.label,
        policy=run.entry.name,
        home=home,
        seed=run.seed,
        lacks=lacks,
        why=sentence_without_places(why),
    )


def some_failed(failed: Sequence[FailedRun]) -> str:
    """The line about runs that failed."""
    first, more = failed[0], len(failed) - 1
    others = f" (and {more} more run{'s' * (more > 1)} failed)" if more else ""
    return f"{first.name} failed: {first.why}{others}; the others are finished, and the same command tries it again"


def missing_runs(plan: Plan, *, rerun: bool) -> list[RunPlan]:
    """The runs of a plan that are not finished or lack lives; others in their place are moved aside or refused.

    Args:
        plan: the experiment.
        rerun: move finished runs that are damaged or of another fingerprint aside, instead of refusing.

    Raises:
        InputError: a finished run is damaged or has another fingerprint, or a folder holds files that no run writes.
    """
    wanted = [run.run for run in (*searches(plan.runs), *plan.runs)]
    missing: set[Path] = {run.path for run in to_do(wanted, rerun=rerun)}
    return [run for run in plan.runs if run.folder in missing or missing_lives(run)]


def _in_short(plan: RunPlan | SearchPlan) -> str:
    """A finished run or search in a line: how long it took, who taught whom, how well validation students did."""
    run = Run(plan.folder)
    spent, found = sum(run.json(RUN)["seconds"].values()), plan.name
    if run.has(VALIDATION):
        validation = run.json(VALIDATION)
        found += f": {validation['primary']} {validation['mean']:.4f} of validation students"
    return f"{spent:.1f} s  {found}"


Progress = tuple[Callable[[str, float], None], Callable[[str, str | None], None]]
"""Told a run's name and the share of it that is done; and the name of one that is over, with a line about it."""


@contextmanager
def runs_progress(work: Mapping[str, float], console: Console) -> Generator[Progress]:
    """What is done, the rate and the time left: a bar on a terminal, elsewhere a line for every finished run.

    Args:
        work: the runs by name, and about how much work each is.
        console: where it is shown.

    Yields:
        what to call while runs are made.
    """
    steers = console.is_terminal or console.is_jupyter
    with _bar(work, console) if steers else nullcontext(_lines(work, console)) as progress:
        yield progress


def _lines(work: Mapping[str, float], console: Console) -> Progress:
    """A line for every finished run; where none finishes for long, one that says how far the others are."""
    shares, over, last = dict.fromkeys(work, 0.0), set[str](), time.monotonic()
    width = len(str(len(work)))

    def put(line: str) -> None:
        nonlocal last
        last = time.monotonic()
        console.print(line, highlight=False, markup=False, soft_wrap=True)
        console.file.flush()  # who looks into the file sees it now

    def update(name: str, share: float) -> None:
        shares[name] = max(shares[name], share)
        if time.monotonic() - last >= SILENT:
            done = sum(work[n] * s for n, s in shares.items()) / max(sum(work.values()), 1e-9)
            put(f"{len(over):>{width}}/{len(work)} runs, {done:.0%} of all; {name}: {shares[name]:.0%}")

    def end(name: str, line: str | None) -> None:
        shares[name] = 1.0
        over.add(name)
        if line is not None:
            put(f"{len(over):>{width}}/{len(work)}  {line}")

    return update, end


@contextmanager
def _bar(work: Mapping[str, float], console: Console) -> Generator[Progress]:
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

        def end(name: str, line: str | None) -> None:
            nonlocal finished
            del line  # the bar says how far all of them are
            finished += 1
            update(name, 1.0)

        yield update, end
