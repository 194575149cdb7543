"""Who gets which job, and what becomes of it when workers or the scheduler are lost: with a line that is made up."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from zpdgym.errors import CannotWrite, InputError, RunsFailed
from zpdgym.experiments.cluster import dask_engine, roll
from zpdgym.experiments.cluster.dask_engine import DaskEngine
from zpdgym.experiments.cluster.errand import Answer, Seen
from zpdgym.experiments.cluster.identity import identity
from zpdgym.experiments.cluster.line import Arrived, Gone, Progress
from zpdgym.experiments.cluster.luggage import Luggage
from zpdgym.experiments.cluster.task import Brought, Task
from zpdgym.experiments.workers import Failed, Job, Schedule

LIKE_HERE, OTHER = identity(), identity() | {"numpy": "1.0", "zpdgym's source": "0"}


@dataclass
class MadeUpLine:
    """Answers at once, as the story says.

    Attributes:
        story: what happens, look by look: who is there; None: the scheduler is gone.
        told: job -> the answers that it gets, one after the other; without more it is done.
        like: worker -> what it runs, if that is something else.
        sees: whether workers see this disk; or which do.
        listens: the address at which workers can be reached.
        frozen: who gives no sign.
        sent: who got what.
    """

    story: list[set[str] | None]
    told: dict[str, list[Answer | None]] = field(default_factory=dict)
    like: dict[str, dict[str, str]] = field(default_factory=dict)
    sees: bool | set[str] = True
    listens: str = "tcp://127.0.0.1:5"
    sent: list[tuple[str, str]] = field(default_factory=list)
    waiting: list[Progress | Arrived] = field(default_factory=list)
    tasks: dict[str, Task] = field(default_factory=dict)
    opened: int = 0
    ended: set[str] = field(default_factory=set)
    frozen: set[str] = field(default_factory=set)
    clock: Iterator[int] = field(default_factory=count)

    def open(self) -> None:
        self.opened += 1
        if self.story and self.story[0] is None:
            self.story.pop(0)
            raise Gone("nobody answers")

    def workers(self) -> frozenset[str]:
        there = self.story.pop(0) if len(self.story) > 1 else self.story[0]
        if there is None:
            raise Gone("broken")
        return frozenset(there)

    def signs(self) -> dict[str, float]:
        return {worker: next(self.clock) for worker in self.story[0] or () if worker not in self.frozen}

    def send(self, worker: str, name: str, payload: bytes | None) -> str:
        ticket = f"{len(self.sent)}"
        self.sent.append((worker, name))
        if not payload:
            runs = self.like.get(worker, LIKE_HERE)
            sees = self.sees if isinstance(self.sees, bool) else worker in self.sees
            seen = Seen(runs, runs == LIKE_HERE, sees and payload is not None, self.listens)
            if worker not in self.frozen:
                self.waiting.append(Arrived(ticket, Answer("seen", seen)))
            return ticket
        self.tasks[name] = pickle.loads(payload)
        self.waiting.append(Progress(name, 0.5))
        answers = self.told.get(name) or [Answer("done", pickle.dumps(Brought(f"{name}!", None)))]
        answer = answers.pop(0) if self.told.get(name) else answers[0]
        if answer is None or answer.kind != "silence":
            self.waiting.append(Arrived(ticket, answer, "" if answer else "timeout"))
        return ticket

    def news(self, seconds: float):
        yield from self.waiting
        self.waiting = []

    def drop(self, ticket: str) -> None:
        pass

    def close(self) -> None:
        self.waiting = []

    def end_all(self, workers) -> None:
        self.ended = set(workers)


SILENCE = Answer("silence", None)


def work(argument, report):
    return f"{argument} here"


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(dask_engine, "EVERY", 0.001)


@pytest.fixture
def said(monkeypatch):
    lines = list[str]()
    monkeypatch.setattr(dask_engine, "say", lines.append)
    monkeypatch.setattr(roll, "say", lines.append)
    return lines


def engine_on(line, **given) -> DaskEngine:
    given = {"home": Path("exp"), "at_most": None, "shared": True, "patience": 60, **given}
    engine = DaskEngine(lambda: None, where="tls://head:1", **given)  # type: ignore[arg-type]
    line.session = engine.session
    engine.line = engine.roll.line = line
    return engine


def do(line, jobs, **given):
    """What was done, how far it was told to be, and why the others failed."""
    done, failed, shares = {}, {}, {}
    schedule = Schedule(
        [job if isinstance(job, Job) else Job(job, job) for job in jobs],
        done.__setitem__,
        lambda name, why: failed.__setitem__(name, why.said) or False,
    )
    with engine_on(line, **given).opened() as engine:
        engine.run(work, schedule, shares.__setitem__)
    return done, failed, shares


BOTH = "2 workers at tls://head:1, 2 see exp/"


def test_every_worker_has_one_job_at_a_time(said):
    line = MadeUpLine([{"a", "b"}])
    done, failed, shares = do(line, ["1", "2", "3", Job("4", "4", frozenset({"1"}))])
    assert done == {name: f"{name}!" for name in "1234"}
    assert (failed, shares) == ({}, dict.fromkeys("1234", 0.5))
    asked, looked = [("a", ""), ("b", "")], [("a", ""), ("b", "")]
    assert line.sent[:6] == [*asked, *looked, ("a", "1"), ("b", "2")]
    assert line.ended == {"a", "b"}
    assert not Path("exp").exists()  # neither sign nor locks, nor the folder in which they lay
    assert said == [BOTH]


def test_no_more_jobs_than_asked_for_are_on_their_way():
    line = MadeUpLine([*[{"a", "b"}] * 20, None, *[None] * 100], {"1": [SILENCE], "2": [SILENCE]})
    with pytest.raises(RunsFailed):
        do(line, ["1", "2"], at_most=1, patience=0.01)
    assert [name for _, name in line.sent if name] == ["1"]


def test_a_job_whose_worker_is_gone_goes_to_another(said):
    line = MadeUpLine([{"a", "b"}, {"a", "b"}, {"b"}], {"1": [SILENCE]})
    done, _, _ = do(line, ["1", "2"])
    assert sorted(done) == ["1", "2"]
    assert [worker for worker, name in line.sent if name == "1"] == ["a", "b"]
    assert said == [BOTH, "worker a is gone: 1 is made elsewhere"]


def test_a_job_that_loses_its_workers_again_and_again_fails_and_no_other():
    line = MadeUpLine([{"a"}], {"1": [None, None, None]})
    done, failed, _ = do(line, ["1", Job("2", "2", frozenset({"1"})), "3"])
    assert done == {"3": "3!"}
    assert failed == {
        "1": "its worker was lost 3 times, the last one a: did not answer (timeout)",
        "2": "waits for 1, which failed",
    }


def test_a_job_whose_process_dies_is_tried_twice():
    line = MadeUpLine([{"a"}], {"1": [Answer("died", -9)], "2": [Answer("died", -9), Answer("died", -9)]})
    done, failed, _ = do(line, ["1", "2"])
    assert done == {"1": "1!"}
    assert failed == {"2": "its process was killed twice (SIGKILL), probably for lack of memory"}


def test_a_job_that_raises_there_has_failed():
    line = MadeUpLine([{"a"}], {"1": [Answer("failed", Failed("KeyError: 'x' (mine.py:3)"))]})
    assert do(line, ["1", "2"])[:2] == ({"2": "2!"}, {"1": "KeyError: 'x' (mine.py:3)"})


def test_a_full_disk_ends_everything():
    line = MadeUpLine([{"a"}], {"1": [Answer("unwritable", "x cannot be written")]})
    with pytest.raises(CannotWrite, match="x cannot be written"):
        do(line, ["1", "2"])


def test_a_scheduler_that_comes_back_goes_on_with_what_was_not_finished(said):
    line = MadeUpLine([{"a"}, {"a"}, None, None, {"b"}], {"2": [SILENCE]})
    done, failed, _ = do(line, ["1", "2", "3"], patience=60)
    assert (sorted(done), failed) == (["1", "2", "3"], {})
    assert [worker for worker, name in line.sent if name == "2"] == ["a", "b"]
    assert said == [
        "1 worker at tls://head:1, 1 sees exp/",
        "the scheduler tls://head:1 is gone: it is waited for, for 60 s at most", "the scheduler tls://head:1 is back",
    ]  # fmt: skip


def test_a_scheduler_that_stays_away_is_said_with_what_is_kept():
    line = MadeUpLine([{"a"}, {"a"}, *[None] * 1000], {"1": [SILENCE]})
    with pytest.raises(RunsFailed, match=r"^the scheduler tls://head:1 is gone \(nobody answers\); what is fin"):
        do(line, ["1"], patience=0.01)


def test_workers_that_are_all_lost_are_waited_for_and_then_said(said):
    with pytest.raises(RunsFailed, match=r"^tls://head:1: no worker for 0 s; what is finished is kept, and the same"):
        do(MadeUpLine([{"a"}, {"a"}, set()], {"1": [SILENCE]}), ["1"], patience=0.01)
    assert said[-1] == "worker a is gone: 1 is made elsewhere"
    line = MadeUpLine([{"a"}, {"a"}, {"b"}], {"1": [SILENCE]}, like={"b": OTHER})
    with pytest.raises(RunsFailed, match=r"no worker for 0 s \(worker b does not fit: numpy 1\.0 there, "):
        do(line, ["1"], patience=0.01)


def test_a_scheduler_without_workers_is_told_at_once_and_waited_for_before_anything_is_written(said):
    seen = list[bool]()
    line = MadeUpLine([set(), set(), {"a"}])
    line.news = lambda seconds: seen.append(Path("exp").exists()) or MadeUpLine.news(line, seconds)
    assert do(line, ["1"], patience=720)[0] == {"1": "1!"}
    assert seen[:2] == [False, False]
    assert said[0] == "no worker yet at tls://head:1: waited for, for 12 min at most"
    with pytest.raises(InputError, match=r"^cluster\.address=tls://head:1: no worker came in 0 s$"):
        do(MadeUpLine([set()]), ["1"], patience=0.01)
    with pytest.raises(InputError, match=r"^cluster\.address=tls://head:1: 1 said nothing in 0 s$"):
        do(MadeUpLine([{"a"}], frozen={"a"}), ["1"], patience=0.01)
    assert not Path("exp").exists()


NUMPY = f"numpy 1.0 there, {LIKE_HERE['numpy']} here, zpdgym's source differs"


def test_workers_that_do_not_fit_get_no_work_and_those_beside_them_do(said):
    line = MadeUpLine([set("abcd")], like={"b": OTHER, "c": OTHER, "d": LIKE_HERE | {"python": "3.1"}})
    assert list(do(line, ["1", "2"])[0]) == ["1", "2"]
    assert {worker for worker, name in line.sent if name} == {"a"}
    assert said[:2] == [
        f"worker b (and 1 more) does not fit: {NUMPY}; they get no work",
        f"worker d does not fit: python 3.1 there, {LIKE_HERE['python']} here; it gets no work",
    ]


def test_a_worker_that_is_slow_to_say_what_it_is_keeps_nobody_waiting_for_long(said, monkeypatch):
    monkeypatch.setattr(dask_engine, "FIRST_LOOK", 0.2)
    line = MadeUpLine([{"a", "b"}], frozen={"b"})
    began = time.monotonic()
    assert list(do(line, ["1", "2"])[0]) == ["1", "2"]
    assert 0.2 <= time.monotonic() - began < 5
    assert line.ended == {"a", "b"}  # what it begins later is ended, too


def test_where_no_worker_fits_that_is_the_end_before_anything_is_written(said):
    with pytest.raises(InputError) as told:
        do(MadeUpLine([{"b", "c"}], like={"b": OTHER, "c": OTHER}), ["1"])
    assert str(told.value) == f"worker b (and 1 more) does not fit: {NUMPY}; no other worker is there"
    assert said == []
    assert not Path("exp").exists()


def test_one_that_joins_later_and_does_not_fit_gets_no_work(said):
    line = MadeUpLine([{"a"}, {"a"}, {"a", "b"}], {"1": [SILENCE]}, like={"b": OTHER})
    line.story.append({"c", "b"})
    do(line, ["1", "2", "3"])
    assert {worker for worker, name in line.sent if name} == {"a", "c"}
    assert [line for line in said if "does not fit" in line] == [
        f"worker b does not fit: {NUMPY}; it gets no work"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "why", "said"),
    [
        (Answer("died", 1), "", "zpdgym does not start there (exit code 1)"),
        (None, "KeyError: x", "zpdgym does not start there (KeyError: x)"),
        (Answer("absent", "zpdgym is not installed there"), "", "zpdgym is not installed there"),
    ],
)
def test_zpdgym_that_does_not_start_there_is_a_worker_that_does_not_fit(answer, why, said):
    line = MadeUpLine([{"a"}])
    line.send = lambda worker, name, payload: line.waiting.append(Arrived("0", answer, why)) or "0"
    with pytest.raises(InputError) as told:
        do(line, ["1"])
    assert str(told.value) == f"worker a does not fit: {said}; no other worker is there"


def test_a_worker_that_others_can_reach_without_a_certificate_gets_no_work():
    line = MadeUpLine([{"a"}], listens="tcp://0.0.0.0:5")
    with pytest.raises(
        InputError, match=r"^worker a listens on tcp://0\.0\.0\.0:5, where whoever reaches the port can "
    ):
        do(line, ["1"])
    assert do(MadeUpLine([{"a"}], listens="tcp://0.0.0.0:5"), ["1"], insecure=True)[0] == {"1": "1!"}
    assert do(MadeUpLine([{"a"}], listens="tls://0.0.0.0:5"), ["1"])[0] == {"1": "1!"}


def test_a_worker_that_is_silent_while_its_connection_is_open_is_told_and_gets_no_more_work(said, monkeypatch):
    monkeypatch.setattr(roll, "LISTEN", 0.0)
    monkeypatch.setattr(roll, "SILENT", 0.05)
    line = MadeUpLine([{"a", "b"}], {"1": [SILENCE]})
    line.signs = lambda: {"a": 0.0, "b": time.monotonic()}
    engine = engine_on(line)
    done = dict[str, object]()
    schedule = Schedule([Job("1", "1")], done.__setitem__, lambda name, why: False)
    told = "worker a gave no sign for 0 s: it gets no more work, and the run that it has is made elsewhere once the "

    def then(seconds):
        if any(one.startswith(told) for one in said):
            line.story = [{"b"}]  # Dask's own time limit removed it
        return MadeUpLine.news(line, seconds)

    line.news = then
    with engine.opened():
        engine.run(work, schedule, lambda name, share: None)
    assert done == {"1": "1!"}
    assert [worker for worker, name in line.sent if name] == ["a", "b"]
    assert sum(line.startswith(told) for line in said) == 1


def carried(**given) -> Luggage:
    return Luggage(**{"home": Path("exp"), "folder": Path("exp/S/1"), "argument": "moved", "settings": {}, **given})


def test_who_sees_this_disk_works_on_it_under_a_lock():
    line = MadeUpLine([{"a"}])
    do(line, [Job("S/1", "plain", luggage=carried())])
    task = line.tasks["S/1"]
    assert (task.argument, task.files) == ("plain", None)
    assert task.lock.endswith("exp/.elsewhere/S+1")


def test_who_does_not_see_it_sends_back_what_it_made():
    line = MadeUpLine([{"a"}], sees=False)
    line.told["S/1"] = [Answer("done", pickle.dumps(Brought("x", {"results/S/1/done": b"!"})))]
    done, _, _ = do(line, [Job("S/1", "plain", luggage=carried()), Job("S/2", "copy", luggage=carried(copies=True))])
    assert (line.tasks["S/1"].argument, line.tasks["S/1"].files, line.tasks["S/1"].folder) == (
        "moved", {}, "results/S/1",
    )  # fmt: skip
    assert Path("exp/S/1/done").read_bytes() == b"!"
    assert done == {"S/1": "x", "S/2": "copy here"}  # what only copies is done here


def test_what_cannot_go_along_is_told_once_before_anything_is_written(tmp_path, said):
    (tmp_path / "far.csv").touch()
    far = carried(settings={"path": str(tmp_path / "far.csv")})
    for given in ({}, {"shared": False}):
        line = MadeUpLine([{"a"}], sees=False)
        with (
            pytest.raises(InputError, match=r"far\.csv cannot go along"),
            engine_on(line, **given).opened() as engine,
        ):
            engine.accept([far, far])
        assert not Path("exp").exists()
    with engine_on(MadeUpLine([{"a"}], sees=False)).opened() as engine:
        engine.accept([carried()])
    assert said == []


def test_who_sees_the_files_is_given_the_work_where_they_cannot_be_sent(tmp_path, said):
    (tmp_path / "far.csv").touch()
    far = carried(settings={"path": str(tmp_path / "far.csv")})
    line = MadeUpLine([{"a", "b"}], sees={"b"})
    engine = engine_on(line)
    done = dict[str, object]()
    schedule = Schedule([Job(n, n, luggage=far) for n in "12"], done.__setitem__, lambda name, why: False)
    with engine.opened():
        engine.accept([far, far])
        engine.run(work, schedule, lambda name, share: None)
    assert done == {"1": "1!", "2": "2!"}
    assert {worker for worker, name in line.sent if name} == {"b"}
    (told,) = (line for line in said if "cannot go along" in line)
    assert told.startswith("worker a does not see exp/: ")
    assert told.endswith("; it gets no work")


def test_a_command_that_did_not_begin_leaves_another_s_locks_alone():
    Path("exp/.elsewhere").mkdir(parents=True)
    Path("exp/.elsewhere/S+1").touch()
    with engine_on(MadeUpLine([{"a"}])).opened():
        pass
    assert [path.name for path in Path("exp/.elsewhere").iterdir()] == ["S+1"]
