"""Which clusters there are, and what is refused before anybody is connected to."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.cluster import clusters
from zpdgym.experiments.cluster.clusters import DaskCluster, LocalMachine, SlurmCluster, load_cluster
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.robustness import robustness
from zpdgym.experiments.tuning import tune
from zpdgym.scripts.cli import main

from tests.cluster.hosts import make_certificates
from tests.experiments.comparison.small import TINY

for package in ("distributed", "submitit", "cryptography"):
    pytest.importorskip(package)
TLS = {"address": "tls://10.0.0.1:8786"}


@pytest.fixture(autouse=True)
def certificates(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("ca.pem", "cert.pem", "key.pem"):
        Path(name).touch()


SHOWN = {"ca": "ca.pem", "cert": "cert.pem", "key": "key.pem"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost", "[::1]"])
def test_nobody_else_reaches_a_scheduler_of_this_machine(host):
    assert DaskCluster(address=f"tcp://{host}:8786").address.endswith(":8786")


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "192.168.1.7", "head", "head.example.org", "0.0.0.0", "[::]", "[fe80::1]", "128.0.0.1",
             "localhost.evil.org", "127.0.0.1.evil.org"],
)  # fmt: skip
def test_plain_connections_beyond_this_machine_must_be_asked_for(host):
    with pytest.raises(InputError, match=r"whoever reaches a port can run code; give tls:// with cluster.ca"):
        DaskCluster(address=f"tcp://{host}:8786")
    assert DaskCluster(address=f"tcp://{host}:8786", insecure=True).insecure


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (TLS, "cluster=dask: tls:// also needs the paths cluster.ca=…, cluster.cert=…, cluster.key=…"),
        (TLS | SHOWN | {"key": "none.pem"}, "cluster.key=none.pem: there is no such file"),
        (TLS | {"ca": "ca.pem", "cert": "cert.pem"}, "tls:// also needs the paths cluster.key=…"),
        ({"address": "tcp://127.0.0.1:1", "ca": "ca.pem"}, "cluster.ca: tcp:// takes no certificates; write tls://"),
        ({"address": "10.0.0.1:8786"}, "cluster.address=10.0.0.1:8786 must be tls://HOST:PORT"),
        ({"address": "tls://10.0.0.1"}, "must be tls://HOST:PORT"),
        ({"address": "tcp://127.0.0.1:99999"}, "must be tls://HOST:PORT"),
        ({"address": "inproc://127.0.0.1:1"}, "must be tls://HOST:PORT"),
        ({"address": 8786}, "must be tls://HOST:PORT"),
        ({"address": "tcp://127.0.0.1:1", "insecure": "yes"}, "cluster.insecure='yes' must be true or false"),
        ({"address": "tcp://127.0.0.1:1", "patience": 0}, "cluster.patience=0 must be a number"),
        ({"address": "tcp://127.0.0.1:1", "shared": None}, "cluster.shared=None must be true or false"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(given, said):
    with pytest.raises(InputError) as told:
        DaskCluster(**given)
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_encrypted_connections_show_the_certificates(tmp_path):
    make_certificates(tmp_path)
    security = DaskCluster(**TLS, **SHOWN)._security()
    assert security is not None
    assert security.require_encryption
    assert security.get_tls_config_for_role("client") == {
        "ca_file": "ca.pem", "cert": "cert.pem", "key": "key.pem", "ciphers": None
    }  # fmt: skip
    make_certificates(tmp_path / "other")
    for given, said in (
        ({"key": "other/key.pem"}, r"^cluster\.key=other/key\.pem is not the key to cluster\.cert=cert\.pem$"),
        ({"ca": "key.pem"}, r"^cluster\.ca=key\.pem is no certificate \("),
        ({"cert": "key.pem"}, r"^cluster\.cert=key\.pem and cluster\.key=key\.pem are not a certificate and the priv"),
    ):
        with pytest.raises(InputError, match=said):
            DaskCluster(**TLS, **(SHOWN | given))._security()


def test_a_cluster_is_a_name_a_section_or_an_object():
    here = load_cluster(None)
    assert isinstance(here, LocalMachine)
    assert isinstance(load_cluster("local"), LocalMachine)
    with here.open(home=Path(), jobs=None) as engine:
        assert engine is None
    mine = DaskCluster(address="tcp://127.0.0.1:8786")
    assert load_cluster(mine) is mine
    section = {"_target_": "zpdgym.experiments.SlurmCluster", "partition": "short", "options": {"qos": "low"}}
    found = load_cluster(section)
    assert isinstance(found, SlurmCluster)
    assert (found.partition, found.options) == ("short", {"qos": "low"})
    for wrong, said in (
        ("daks", "Did you mean 'dask'?"),
        ("dask", r"needs cluster\.address"),
        ({"_target_": "zpdgym.experiments.DaskCluster", "adress": "x"}, "Did you mean 'cluster.address'?"),
        ({"_target_": "zpdgym.students.BKT"}, "has no open"),
        ({"_target_": "zpdgym.experiments.SlurmCluster", "options": "qos"}, "options='qos' must be keys"),
        ({"_target_": "zpdgym.experiments.SlurmCluster", "options": {"qos": {}}}, r"options\.qos=\{\} must be a text"),
        (5, "cluster=5 must be a name, a section, or a cluster"),
        ([], "must be a name, a section, or a cluster"),
        ({}, "the key '_target_' is missing"),
        ({"_target_": "zpdgym.experiments.SlurmCluster", "minutes": 0}, "minutes=0 must be a whole number"),
    ):
        with pytest.raises(InputError, match=said):
            load_cluster(wrong)


def test_a_package_that_is_missing_is_named_with_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setattr(clusters, "find_spec", lambda package: None)
    with pytest.raises(InputError, match=r"'distributed' is not installed: pip install 'zpdgym\[cluster\]'"):
        DaskCluster(address="tcp://127.0.0.1:8786")
    with pytest.raises(InputError, match="is not installed: pip install"):
        SlurmCluster()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["cluster=dask"], "needs cluster.address"),
        (["cluster.address=tcp://127.0.0.1:1"], "choose a cluster first with cluster="),
        (["cluster=dask", "cluster.address=tcp://10.0.0.1:1"], "insecure=true"),
        (["cluster=null"], "cluster=null must be one name, or the path of a file"),
        (["cluster=slurm"], "say with jobs=N how many runs are made at a time"),
        (["cluster=local", "cluster.jobs=3"], "unknown key 'cluster.jobs'"),
    ],
)
@pytest.mark.parametrize("verb", ["compare", "robustness"])
def test_the_command_line_says_the_same_and_writes_nothing(verb, typed, said, capsys):
    assert main([verb, "scenario=tiny", "policies=random", "n_students=20", "n_validation=20", *typed]) == 2
    told = capsys.readouterr().err.splitlines()
    assert said in told[-1]
    assert not Path("results").exists()


FAR = """
class Far:
    name, privileged, learnt, draws, needs = "far", False, False, 0, frozenset()
    def __init__(self, *, table="", item=0): self.item = item
    def bind(self, problem): pass
    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        return action_masks.argmax(axis=1), None
"""


class SeesNothing:
    """A cluster whose machines do not see this disk."""

    @contextmanager
    def open(self, *, home, jobs):
        yield SimpleNamespace(accept=lambda luggage: [one.must_be_portable() for one in luggage])


SMALL = {"seeds": 1, "n_students": 20, "n_validation": 20}
MATRIX = {"scenario": "tiny", "students": ["bkt_forgetting"], **SMALL}


@pytest.mark.parametrize(
    "make",
    [
        lambda policy, **how: compare(TINY | SMALL | {"policies": [policy]}, results="results", **how),
        lambda policy, **how: robustness(MATRIX | {"policies": [policy]}, results="results", **how),
        lambda policy, **how: tune("tiny", policy, space={"item": [0, 1]}, budget=2, out="results", **how),
    ],
)
def test_a_file_that_cannot_go_along_is_told_before_anything_is_written(make, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    Path("far.py").write_text(FAR)
    Path("far.csv").touch()
    with pytest.raises(InputError, match=r"far\.csv cannot go along to a worker that does not see this disk"):
        make({"_target_": "far.Far", "table": str(Path("far.csv").resolve())}, cluster=SeesNothing())
    assert not Path("results").exists()
    sys.modules.pop("far", None)


def test_nobody_at_the_address_is_one_line_and_nothing_is_written(monkeypatch):
    monkeypatch.setattr(clusters, "CONNECT", 1.0)
    with pytest.raises(InputError, match=r"^cluster\.address=tcp://127\.0\.0\.1:9: no Dask scheduler answers there \("):
        compare(TINY, results="results", cluster=DaskCluster(address="tcp://127.0.0.1:9"))
    assert not Path("results").exists()
