"""Names of learners, of files and of folders are in nothing that calibrate, compare and the trackers write."""

import base64
import gzip
import io
import re
import socket
import urllib.parse
import zipfile

import numpy as np
import pytest
from zpdgym.scripts.cli import main

LEARNER, PLACE, HOST = "Quandtmeier", "Okonkwohaus", "rechner-okoye"
NAMES = (LEARNER, PLACE, HOST, socket.gethostname() if len(socket.gethostname()) > 5 else HOST)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")


def contents(data):
    """The bytes themselves, and what is packed or written in another way inside them."""
    yield data
    yield urllib.parse.unquote_to_bytes(data)
    for found in _BASE64.findall(data):
        text = found.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        yield base64.b64decode(text[: len(text) // 4 * 4])
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for name in packed.namelist():
                yield from contents(packed.read(name))
    if data[:2] == b"\x1f\x8b":
        yield from contents(gzip.decompress(data))


def who_is_named(data, names=NAMES):
    return {name for name in names for found in contents(data) if name.lower().encode() in found.lower()}


def named_in(folder):
    """Path -> the names in its contents, or in what it is called below the folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        called = str(path.relative_to(folder)).encode()
        if names := who_is_named(called) | (who_is_named(path.read_bytes()) if path.is_file() else set()):
            found[str(path)] = names
    return found


def write_log(path):
    """Answers of 40 learners, one of them with a name, which also stands in cells where it does not belong."""
    luck = np.random.default_rng(0)
    rows = ["student,skill,correct,time"]
    for learner in range(40):
        who = f"Berta {LEARNER}" if learner == 3 else f"pupil {learner}"
        for skill in ("adding", "powers"):
            known = luck.random() < 0.4
            for day in range(9):
                rows.append(f"{who},{skill},{int(luck.random() < (0.9 if known else 0.2))},{day}")
                known |= luck.random() < 0.3
    rows += [
        f"pupil 1,adding,{LEARNER} was absent,1",
        f"pupil 1,adding,1,{LEARNER}",
        f"{LEARNER},{LEARNER}",
        ",adding,1,1",
    ]
    path.write_text("\n".join(rows) + "\n")


def test_the_search_finds_what_is_hidden(tmp_path):
    name, hidden = LEARNER.encode(), io.BytesIO()
    np.savez_compressed(hidden, x=np.array([f"{LEARNER}, Berta"]).astype("S"))
    forms = (name, gzip.compress(name), base64.b64encode(name * 3), b"%51%75" + name[2:], hidden.getvalue())
    for number, form in enumerate(forms):
        (tmp_path / f"{number}").write_bytes(form)
    assert len(named_in(tmp_path)) == len(forms)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder whose name nobody shall learn, with a log of answers in it, on a machine with a name."""
    folder = tmp_path / PLACE / "work"
    folder.mkdir(parents=True)
    write_log(folder.parent / f"klasse-{PLACE}.csv")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(socket, "gethostname", lambda: HOST)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("tracking", ["wandb", "tensorboard"])
@pytest.mark.parametrize("model", ["bkt", "dkt"])
def test_nobody_is_named_in_what_is_written(place, capsys, tracking, model):
    for package in (tracking, *(("torch",) if model == "dkt" else ())):
        pytest.importorskip(package)
    log, results = place.parent / f"klasse-{PLACE}.csv", place / "results"
    there = (f"results={results}", "name=fitted")
    few = ("model.epochs=2", "model.hidden=4") if model == "dkt" else ()
    data = ("data=long", f"data.path={log}", f"model={model}", "model.min_answers=50", "world.n_students=100")
    assert main(["calibrate", *data, *few, *there]) == 0
    small = ("policies=random", "n_students=20", "n_validation=20", "tune_budget=1", "lives=1", "unexpected=false")
    what = ("experiment=quickstart", f"scenarios={results / 'fitted' / 'world.yaml'}", f"tracking={tracking}", "jobs=1")
    assert main(["compare", *what, *small, f"results={results}", "name=compared"]) == 0
    assert not named_in(results)
    assert LEARNER not in "".join(capsys.readouterr())
