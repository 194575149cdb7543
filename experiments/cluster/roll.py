"""Which workers are there, which of them get work and why the others get none, and what is said of that."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from zpdgym.errors import one_line
from zpdgym.notes import duration, say

from .addresses import is_open
from .errand import Seen
from .identity import differences

if TYPE_CHECKING:
    from .line import Arrived, Line

SILENT = 30.0
"""Seconds without a sign after which a worker is said to be silent; usually it gives one every second or two."""
LISTEN = 10.0
"""Seconds between two questions to the scheduler of whom it heard when."""
COUNT = 10.0
"""Seconds between two lines about how many workers there are."""


class Roll:
    """The workers of a scheduler.

    Args:
        line: to the scheduler.
        where: the scheduler, for messages.
        home: the folder of what is made; None: nothing is written.
        insecure: whether workers may listen beyond their machine without certificates.
    """

    def __init__(self, line: Line, *, where: str, home: Path | None, insecure: bool) -> None:
        self.line, self.where, self.home, self.insecure = line, where, home, insecure
        self.fit, self.refused, self.asked = dict[str, Seen](), dict[str, str](), dict[str, str]()  # ticket -> worker
        self.silent, self.heard = set[str](), dict[str, tuple[float, float]]()
        self.signed, self.stays, self.open = False, "", False
        self.untold, self.counted = list[str](), ""
        self.listened, self.said = time.monotonic(), 0.0

    def look(self) -> frozenset[str]:
        """Who is there; who is new is asked what it is.

        Raises:
            Gone: the line is broken.
        """
        there = self.line.workers()
        for known in (self.fit, self.refused, self.heard):
            for worker in known.keys() - there:
                del known[worker]
        self.silent &= there
        for ticket in [ticket for ticket, worker in self.asked.items() if worker not in there]:
            del self.asked[ticket]
            self.line.drop(ticket)
        for worker in sorted(there - self.known):
            self._ask(worker)
        if time.monotonic() - self.listened >= LISTEN:
            self._listen()
        return there

    @property
    def known(self) -> set[str]:
        """Who was asked what it is."""
        return {*self.fit, *self.refused, *self.asked.values()}

    def look_for_sign(self) -> None:
        """From now on workers are asked whether they see the command's disk: there is a sign by which they can tell.

        Raises:
            Gone: the line is broken.
        """
        self.signed, known = True, sorted(self.fit)
        self.fit.clear()
        for worker in known:
            self._ask(worker)

    def hear(self, piece: Arrived) -> None:
        """A worker said what it is."""
        worker, answer = self.asked.pop(piece.ticket), piece.answer
        if answer is not None and answer.kind == "seen":
            seen = cast("Seen", answer.content)
            self.fit[worker] = seen
            if why := self._why_not(seen):
                self.refuse(worker, why)
        elif answer is None:
            self.refuse(worker, f"does not fit: zpdgym does not start there ({piece.why})")
        elif answer.kind == "absent":
            self.refuse(worker, f"does not fit: {answer.content}")
        else:
            self.refuse(worker, f"does not fit: zpdgym does not start there (exit code {answer.content})")

    def _why_not(self, seen: Seen) -> str:
        """Why a worker gets no work; "": it does."""
        if not seen.fits:
            return f"does not fit: {differences(seen.identity, dict(self.line.session.identity))}"
        if not self.insecure and is_open(seen.listens):
            return (
                f"listens on {seen.listens}, where whoever reaches the port can run code: start it with --host "
                "127.0.0.1 or as tls://, or say cluster.insecure=true where nobody else is in the network"
            )
        return self.stays if self.signed and self.stays and not seen.shared else ""

    def refuse(self, worker: str, why: str) -> None:
        """Give a worker no work."""
        self.fit.pop(worker, None)
        self.refused[worker] = one_line(why)
        if self.open:
            say(f"worker {worker} {self.refused[worker]}; it gets no work")
        else:
            self.untold.append(worker)

    def keep_here(self, why: str) -> None:
        """Give workers that do not see the command's disk no work from now on: what they need cannot be sent."""
        self.stays = f"does not see {self._folder}: {why}"
        for worker in [worker for worker, seen in self.fit.items() if not seen.shared]:
            self.refuse(worker, self.stays)

    def tell(self) -> None:
        """Say who got no work so far, those with the same reason in one line, and from now on at once."""
        self.open, untold = True, [worker for worker in self.untold if worker in self.refused]
        for line, number in self._lines(untold):
            say(f"{line}; {'it gets' if number == 1 else 'they get'} no work")

    def none_fits(self) -> str:
        """Why nobody who is there gets work, in a line."""
        return "; ".join([*(line for line, _ in self._lines(self.refused)), "no other worker is there"])

    def _lines(self, workers: Iterable[str]) -> list[tuple[str, int]]:
        """A line for every reason, and how many workers it is about."""
        why = dict[str, list[str]]()
        for worker in workers:
            why.setdefault(self.refused[worker], []).append(worker)
        found = list[tuple[str, int]]()
        for reason, (first, *others) in why.items():
            more = f" (and {len(others)} more)" if others else ""
            found.append((f"worker {first}{more} {reason}", 1 + len(others)))
        return found

    def count(self, patience: float) -> None:
        """Say how many workers there are, when that has changed."""
        now = time.monotonic()
        if set(self.asked.values()) - self.silent or (self.said and now - self.said < COUNT):
            return
        number, seeing = len(self.fit), sum(seen.shared for seen in self.fit.values())
        if number:
            counted = f"{number} worker{'s' * (number > 1)} at {self.where}"
            if self.home is not None:
                counted += f", {seeing} see{'s' * (seeing == 1)} {self._folder}"
        elif self.said:
            counted = f"no worker at {self.where}: waited for, for {duration(patience)} at most"
        else:
            return
        if counted != self.counted:
            say(counted)
            self.counted, self.said = counted, now

    @property
    def _folder(self) -> str:
        return "the results" if self.home is None else f"{self.home}/"

    def forget(self) -> None:
        """Begin anew: the scheduler was gone."""
        for known in (self.fit, self.refused, self.asked, self.silent, self.heard, self.untold):
            known.clear()

    def _ask(self, worker: str) -> None:
        self.asked[self.line.send(worker, "", b"" if self.signed else None)] = worker

    def _listen(self) -> None:
        """Say which workers are silent: their connection is open, so that only Dask's time limit removes them."""
        now = self.listened = time.monotonic()
        for worker, sign in self.line.signs().items():
            before, since = self.heard.get(worker, (None, now))
            self.heard[worker] = (sign, since if sign == before else now)
            if now - self.heard[worker][1] < SILENT:
                if worker in self.silent:
                    self.silent.remove(worker)
                    say(f"worker {worker} is heard again")
            elif worker not in self.silent:
                self.silent.add(worker)
                say(
                    f"worker {worker} gave no sign for {duration(SILENT)}: it gets no more work, and the run that it "
                    "has is made elsewhere once the scheduler removes it (its worker-ttl)"
                )
