"""Whoever is behind an address that is no scheduler's is named in one line, within a time limit."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.cluster.clusters import DaskCluster
from zpdgym.experiments.cluster.knock import Gone, must_be_scheduler, within

from tests.cluster.hosts import make_certificates

pytest.importorskip("distributed")
if TYPE_CHECKING:
    from distributed import LocalCluster, Security

NAMES = ("ca", "cert", "key")


def files(folder: Path) -> dict[str, str | None]:
    return {name: str(folder / f"{name}.pem") for name in NAMES}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    for one in ("ours", "theirs"):
        make_certificates(folder / one)
    return folder


def security(shown: dict[str, str | None]) -> Security | None:
    return DaskCluster(address="tls://127.0.0.1:1", ca=shown["ca"], cert=shown["cert"], key=shown["key"])._security()


def of_all(shown: dict[str, str | None]) -> Security:
    from distributed import Security

    both = {f"tls_{role}_{name}": shown[name] for role in ("client", "worker", "scheduler") for name in ("cert", "key")}
    return Security(tls_ca_file=shown["ca"], require_encryption=True, **both)


@pytest.fixture(scope="module", params=["tcp", "tls"])
def cluster(request, certificates) -> Generator[LocalCluster]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol=f"{request.param}://", host="127.0.0.1",
        security=of_all(files(certificates / "ours")) if request.param == "tls" else None,
        dashboard_address="127.0.0.1:0", silence_logs=50,
    ) as found:  # fmt: skip
        yield found


def knock(address: str, shown: dict[str, str | None] | None = None, seconds: float = 1.0) -> str:
    try:
        must_be_scheduler(address, security(shown) if shown else None, shown or dict.fromkeys(NAMES), seconds)
    except Gone as error:
        return str(error)
    return "a scheduler"


def connections_to(address: str) -> set[object]:
    """Where this process has connections to a scheduler that are open."""
    port, open_ones = int(address.rpartition(":")[2]), set[object]()
    for one in gc.get_objects():
        # by its type: a weak proxy of something that is gone must not be asked what it stands for
        if issubclass(type(one), socket.socket) and one.fileno() >= 0:
            with contextlib.suppress(OSError):
                if one.getpeername()[1:2] == (port,):
                    open_ones.add(one.getsockname())
    return open_ones


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Dask's listener leaves sockets open
def test_what_is_no_scheduler_is_told_from_one(cluster, certificates):
    scheduler, ours = cluster.scheduler_address, files(certificates / "ours")
    scheme, worker = scheduler[:3], cluster.workers[0].address
    shown = ours if scheme == "tls" else None
    assert knock(scheduler, shown) == "a scheduler"
    with pytest.raises(InputError) as told:
        knock(worker, shown)
    assert str(told.value) == f"cluster.address={worker}: that is a Dask worker, whose scheduler is {scheduler}"
    before = connections_to(scheduler)
    if scheme == "tcp":
        assert knock(scheduler.replace("tcp", "tls"), ours) == "it does not speak tls://: is it tcp://?"
    else:
        assert knock(scheduler.replace("tls", "tcp")).endswith("is it tls://?")
        mixed, theirs = files(certificates / "ours"), files(certificates / "theirs")
        assert knock(scheduler, mixed | {"ca": theirs["ca"]}).startswith(f"cluster.ca={theirs['ca']} did not sign")
        said = f"whoever listens there hangs up: did the ca that is known there sign cluster.cert={theirs['cert']}?"
        assert knock(scheduler, theirs | {"ca": ours["ca"]}) == said
    assert connections_to(scheduler) <= before, "a connection that was given up is closed"
    gc.collect()


def hung_up_while_written(scheme: str) -> OSError:
    """What Dask raises where the other end hangs up between two steps of a handshake."""
    from distributed.comm.tcp import TCP, convert_stream_closed_error
    from tornado.iostream import StreamClosedError

    refused = ssl.SSLError(1, "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:2580)")
    refused.reason = "TLSV1_ALERT_UNKNOWN_CA"
    try:
        try:
            raise StreamClosedError(refused if scheme == "tls" else None)
        except StreamClosedError as error:
            convert_stream_closed_error(TCP, error)
    except OSError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(("scheme", "why"), [("tcp", "is it tls://?"), ("tls", "did the ca that is known there sign")])
def test_whoever_hangs_up_is_told_whenever_that_happens(scheme, why, certificates, monkeypatch):
    async def refused(*_) -> None:
        raise hung_up_while_written(scheme)

    monkeypatch.setattr("zpdgym.experiments.cluster.knock._asked", refused)
    told = knock(f"{scheme}://127.0.0.1:9", files(certificates / "ours"))
    assert told.startswith(f"whoever listens there hangs up: {why}")


def test_ports_that_are_closed_or_silent_and_names_that_are_none(certificates, monkeypatch):
    monkeypatch.setattr("zpdgym.experiments.cluster.knock._LONGER", 0.2)
    assert knock("tcp://127.0.0.1:9", seconds=0.3) == "nobody listens there"
    assert knock("tcp://nowhere.invalid:9", seconds=0.3) == "there is no machine of that name"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert (
            knock(f"tcp://127.0.0.1:{port}", seconds=0.3)
            == "whoever listens there does not answer as Dask does: is it tls://?"
        )
        told = knock(f"tls://127.0.0.1:{port}", files(certificates / "ours"), seconds=0.3)
        assert told == "whoever listens there does not answer as Dask does"


def test_nobody_is_waited_for_longer_than_said():
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=r"^no answer for 0\.05 s$"):
        within(0.05, lambda: time.sleep(5))
    assert time.monotonic() - began < 3
    assert within(5, lambda: "x") == "x"
    with pytest.raises(KeyError):
        within(5, lambda: {}["x"])


PROGRAM = """
import signal, sys
from zpdgym.experiments import DaskCluster
from zpdgym.scripts.command.guard import guarded
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(guarded("compare", DaskCluster(address=sys.argv[1]).open(home=None, jobs=None).__enter__))
"""


def test_an_interrupt_while_somebody_else_s_port_is_asked_is_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent, (tmp_path / "said").open("wb") as log:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, address], cwd=tmp_path, stdout=log, stderr=log)
        silent.settimeout(60)
        with silent.accept()[0]:
            time.sleep(0.2)
            os.kill(process.pid, signal.SIGINT)
            assert process.wait(8) == 130
    said = (tmp_path / "said").read_text().splitlines()
    assert said == ["zpdgym compare: interrupted; finished runs are kept, and the same command goes on from there"]
