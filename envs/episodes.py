"""How episodes begin: the cohort of each row, which rows begin anew, and when that happens by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode
from zpdgym.errors import InputError, shown
from zpdgym.parameters import LARGEST

Rows = npt.NDArray[np.int64]


class Seeds:
    """The seeds of N rows.

    Args:
        seed: of all rows; None: the operating system gives one when it is needed. Copies that are made before differ.
    """

    def __init__(self, seed: int | None) -> None:
        self._common = None if seed is None else checked_seed("", seed)
        self._own: Rows | None = None

    @property
    def first(self) -> int:
        """The seed of row 0, and of all rows unless each was given its own."""
        if self._own is not None:
            return int(self._own[0])
        if self._common is None:
            self._common = _drawn(None)
        return self._common

    def set(self, seeds: int | Sequence[int | None], rows: Rows, n: int) -> Rows:
        """Give these rows of ``n`` the seed, or each the one that stands at its place; give back whose seed is new."""
        if isinstance(seeds, int):
            if len(rows) == n:
                self._common, self._own = seeds, None
            else:
                self._each(n)[rows] = seeds
            return rows
        own = self._each(n)
        new = np.array([i for i in rows.tolist() if seeds[i] is not None], np.int64)
        own[new] = [seeds[i] for i in new.tolist()]
        return new

    def groups(self, rows: Rows) -> Iterator[tuple[int, Rows]]:
        """The rows, parted by seed: one part as long as all have the same."""
        if self._own is None:
            yield self.first, rows
            return
        own = self._own[rows]
        for seed in np.unique(own):
            yield int(seed), rows[own == seed]

    def of(self, seed: int, n: int) -> Rows:
        """Which of ``n`` rows have this seed, that of one of them at least."""
        return np.arange(n) if self._own is None else np.flatnonzero(self._own == seed)

    def snapshot(self) -> int | list[int]:
        """What ``restore`` takes."""
        return self.first if self._own is None else [int(seed) for seed in self._own]

    def restore(self, snapshot: int | list[int]) -> None:
        """Go back to what ``snapshot`` said."""
        alone = isinstance(snapshot, int)
        self._common, self._own = (snapshot, None) if alone else (None, np.array(snapshot, np.int64))

    def _each(self, n: int) -> Rows:
        if self._own is None:
            self._own = np.full(n, self.first, np.int64)
        return self._own


def read_seeds(given: object, n: int) -> int | list[int | None] | None:
    """What ``reset(seed=)`` takes: nothing, one seed for the cohort, or a list with one (or None) for every row.

    Raises:
        InputError: something else, or a list of another length.
    """
    if given is None:
        return None
    if not isinstance(given, list | tuple | np.ndarray):
        return checked_seed("reset: ", given)
    seeds = list(cast("Sequence[object]", given))
    if len(seeds) != n:
        raise InputError(f"reset: seed is a list of {len(seeds)}, must have one for each of {n} students")
    return [None if seed is None else checked_seed("reset: ", seed) for seed in seeds]


def read_mask(options: dict[str, object] | None, n: int) -> Rows:
    """The rows that ``reset(options={"reset_mask": ...})`` begins anew; without options all.

    Raises:
        InputError: another option, or something else than (N,) booleans of which one is true.
    """
    if options is not None and not isinstance(cast("object", options), Mapping):
        raise InputError(f"reset: options={shown(options)} must be a mapping; the only option is reset_mask")
    others = [key for key in options or {} if key != "reset_mask"]
    if others:
        raise InputError(f"reset: the only option is reset_mask; given: {', '.join(map(str, others))}")
    if not options:
        return np.arange(n)
    mask = np.asarray(options["reset_mask"])
    if not (mask.dtype == np.bool_ and mask.shape == (n,) and mask.any()):
        raise InputError(
            f"reset: reset_mask must be an array of {n} booleans, at least one of them true; "
            f"it is {mask.dtype} of shape {mask.shape}"
        )
    return np.flatnonzero(mask)


def read_mode(mode: object, autoreset: object) -> AutoresetMode:
    """The way of beginning anew that both arguments ask for; ``autoreset=False`` is short for "Disabled".

    Raises:
        InputError: one of them is something else, or they contradict each other.
    """
    if autoreset is not None and not isinstance(autoreset, bool):
        raise InputError(f"autoreset={autoreset!r} must be True or False")
    by_flag = None if autoreset is None else AutoresetMode.SAME_STEP if autoreset else AutoresetMode.DISABLED
    if mode is None:
        return by_flag or AutoresetMode.SAME_STEP
    known = [one.value for one in AutoresetMode]
    if not isinstance(mode, AutoresetMode) and mode not in known:
        raise InputError(f"autoreset_mode={shown(mode)} must be one of {', '.join(known)}, or an AutoresetMode")
    chosen = AutoresetMode(mode)
    if by_flag is not None and (by_flag == AutoresetMode.DISABLED) != (chosen == AutoresetMode.DISABLED):
        raise InputError(f"autoreset={autoreset} and autoreset_mode={chosen.value} contradict each other: give one")
    return chosen


def checked_seed(where: str, seed: object) -> int:
    """The seed as a plain number that 63 bits hold: clients also draw larger ones, which stand for one of these.

    Raises:
        InputError: it is none.
    """
    said = shown(seed)  # before the type checker takes it for a number of NumPy's
    whole = int(cast("int", seed)) if isinstance(seed, int | np.integer) and not isinstance(seed, bool) else -1
    if whole < 0:
        raise InputError(f"{where}seed={said} must be one whole number of at least 0")
    return whole if whole <= LARGEST else _drawn(whole)


def _drawn(entropy: int | None) -> int:
    """A seed that is drawn: from this number, or by the operating system."""
    return int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0] >> np.uint64(1))


def bytes_of(holder: object, names: Sequence[str]) -> dict[str, npt.NDArray[np.uint8]]:
    """The arrays of these names as bytes."""
    return {name: np.frombuffer(getattr(holder, name).tobytes(), np.uint8) for name in names}


def put_bytes(holder: object, names: Sequence[str], stored: Mapping[str, npt.NDArray[np.uint8]]) -> None:
    """Put back what ``bytes_of`` gave.

    Raises:
        InputError: an array is of another size than it was.
    """
    for name in names:
        array, data = getattr(holder, name), stored[name].tobytes()
        if len(data) != array.nbytes:
            raise InputError(f"the snapshot is of another environment: {name} has {len(data)} bytes")
        array[...] = np.ndarray(array.shape, array.dtype, data)
