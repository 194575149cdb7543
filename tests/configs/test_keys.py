"""No key is silently without effect: changing it changes fingerprint and files of a run, or a line names it."""

from __future__ import annotations

import pytest
from zpdgym.experiments.store.fingerprint import fingerprint

from benchmarks.keys.places import all_keys
from benchmarks.keys.staying import STAYING

pytest.importorskip("torch")
KEYS = all_keys()
QUICK = [key for key in KEYS if key.quick]
SLOW = [key for key in KEYS if not key.quick]


def is_heard(key):
    found = key.found()
    assert found.what == ("message" if key.id in STAYING else "effect"), f"{key.id}: {found.what} {found.how}"
    if found.what == "effect":
        before, after = (fingerprint({"section": dict(section)}).value for section in (found.before, found.after))
        assert before != after


def test_all_kinds_of_keys_are_here():
    kinds = {"student", "trait", "population", "curriculum", "schedule", "observe", "actions", "outcome", "reward"}
    assert kinds | {"belief", "policy"} == {key.kind for key in KEYS}
    assert len(KEYS) > 600
    assert set(STAYING) <= {key.id for key in KEYS}


@pytest.mark.parametrize("key", QUICK, ids=[key.id for key in QUICK])
def test_a_key_is_heard(key):
    is_heard(key)


@pytest.mark.slow
@pytest.mark.parametrize("key", SLOW, ids=[key.id for key in SLOW])
def test_every_other_key_is_heard(key):
    is_heard(key)
