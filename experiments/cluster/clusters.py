"""Where runs are made: on this machine, by the workers of a Dask scheduler, or by jobs of Slurm."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias, cast

from zpdgym.errors import InputError, Violations, not_installed, shown
from zpdgym.parameters import Number, Parameter, Switch, Table, Text, read

from ...configs.build import build, read_choice
from .addresses import check_address, must_be_certificates

if TYPE_CHECKING:
    from distributed import Client, Security

    from ..workers import Engine

__all__ = ["Cluster", "DaskCluster", "LocalMachine", "SlurmCluster"]

SHARED = Switch(
    "whether workers that see the folder of results at the same path write there; false: all send runs back"
)
PATIENCE = Number("how long a scheduler or workers that are gone are waited for", low=1, high=10**6, unit="seconds")
CONNECT = 10.0
"""Seconds that a connection to a scheduler may take."""


class Cluster(Protocol):
    """Where runs are made."""

    def open(self, *, home: Path | None, jobs: int | None) -> AbstractContextManager[Engine | None]:
        """Whoever makes them, while the context lasts; None: processes of this machine.

        Args:
            home: the folder of what is made; None: nothing is written.
            jobs: how many at a time; None: as many as there is room for.

        Raises:
            InputError: it cannot be reached, or does not run what this machine runs.
        """
        ...


class LocalMachine:
    """Processes of this machine."""

    PARAMETERS: ClassVar[Table] = {}

    def open(self, *, home: Path | None, jobs: int | None) -> AbstractContextManager[Engine | None]:
        """Nobody else."""
        return nullcontext()


class DaskCluster:
    """The workers of a Dask scheduler that is there already.

    Workers and schedulers unpickle what they receive: who can talk to them can run code on them, and here. So beyond
    this machine connections are encrypted, and both ends show a certificate.
    """

    PARAMETERS: ClassVar[Table] = {
        "address": Parameter("of the scheduler", allowed="tls://HOST:PORT, or tcp://HOST:PORT"),
        "ca": Text("file with the certificate of whoever signed all others", optional=True),
        "cert": Text("file with the certificate that this machine shows", optional=True),
        "key": Text("file with the private key to it", optional=True),
        "insecure": Switch("allow tcp:// to another machine, where whoever reaches a port can run code"),
        "shared": SHARED,
        "patience": PATIENCE,
    }

    def __init__(
        self,
        *,
        address: str,
        ca: str | None = None,
        cert: str | None = None,
        key: str | None = None,
        insecure: bool = False,
        shared: bool = True,
        patience: float = 600.0,
    ) -> None:
        wrong = Violations("cluster=dask")
        given = read(self.PARAMETERS, locals(), wrong, prefix="cluster.")
        self.address, self.insecure, self.shared, self.patience = address, given.insecure, given.shared, given.patience
        self.files = {"ca": given.ca, "cert": given.cert, "key": given.key}
        check_address(address, self.files, given.insecure, wrong)
        wrong.raise_any()
        must_be_installed("distributed")

    @contextmanager
    def open(self, *, home: Path | None, jobs: int | None) -> Generator[Engine | None]:
        """The scheduler's workers.

        Raises:
            InputError: no scheduler answers there, or it has no worker that fits.
        """
        from .dask_engine import DaskEngine

        security = self._security()
        engine = DaskEngine(
            lambda: self._connect(security),
            where=self.address,
            home=home,
            at_most=jobs,
            shared=self.shared,
            patience=self.patience,
            insecure=self.insecure,
        )
        with engine.opened():
            yield engine

    def _connect(self, security: Security | None) -> Client:
        from distributed import Client

        from .knock import must_be_scheduler

        must_be_scheduler(self.address, security, self.files, CONNECT)
        return Client(self.address, security=security, timeout=CONNECT, set_as_default=False)

    def _security(self) -> Security | None:
        from distributed import Security

        if not self.address.startswith("tls://"):
            return None
        must_be_certificates(self.files)
        return Security(
            tls_ca_file=self.files["ca"],
            tls_client_cert=self.files["cert"],
            tls_client_key=self.files["key"],
            require_encryption=True,
        )


class SlurmCluster:
    """Jobs of Slurm that each make one run after another, as long as there are any.

    The scheduler runs here, so the command must go on until the end; what it and the jobs say to each other is
    encrypted, with certificates that are made for this once and lie in the current folder, which all must see.
    """

    PARAMETERS: ClassVar[Table] = {
        "partition": Text("Slurm's queue", optional=True),
        "account": Text("whom Slurm charges", optional=True),
        "minutes": Number("how long a job may last", low=1, high=10**6, whole=True, unit="minutes"),
        "memory": Number("memory of a job", low=0.1, high=10**5, unit="GB"),
        "options": Parameter("other options of sbatch", allowed="name: value", optional=True),
        "host": Text("name or address by which the nodes reach this machine", optional=True),
        "shared": SHARED,
        "patience": PATIENCE,
    }

    def __init__(
        self,
        *,
        partition: str | None = None,
        account: str | None = None,
        minutes: int = 240,
        memory: float = 4.0,
        options: Mapping[str, str | float] | None = None,
        host: str | None = None,
        shared: bool = True,
        patience: float = 600.0,
    ) -> None:
        wrong = Violations("cluster=slurm")
        given = read(self.PARAMETERS, locals(), wrong, prefix="cluster.")
        _check_options(options, wrong)
        wrong.raise_any()
        self.partition, self.account, self.host = given.partition, given.account, given.host
        self.minutes, self.memory, self.options = given.minutes, given.memory, dict(options or {})
        self.shared, self.patience = given.shared, given.patience
        for package in ("distributed", "submitit", "cryptography"):
            must_be_installed(package)

    @contextmanager
    def open(self, *, home: Path | None, jobs: int | None) -> Generator[Engine | None]:
        """Jobs of Slurm, which are asked for when there is something to do.

        Raises:
            InputError: there is no Slurm here, or nobody said how many jobs.
        """
        from .dask_engine import DaskEngine
        from .slurm import Hired

        if jobs is None:
            raise InputError("cluster=slurm: say with jobs=N how many runs are made at a time")
        with Hired.by(self, jobs) as hired:
            engine = DaskEngine(
                hired.connect,
                where=hired.address,
                home=home,
                at_most=None,
                shared=self.shared,
                patience=self.patience,
                hire=hired.keep_up,
            )
            with engine.opened():
                yield engine


Chosen: TypeAlias = str | Mapping[str, object] | Cluster | None
"""A cluster by its name in ``configs/cluster``, as a section with ``_target_``, or the object itself; None: local."""


def load_cluster(cluster: Chosen) -> Cluster:
    """The cluster behind a name in ``configs/cluster``, a section with ``_target_``, or the object itself.

    Raises:
        InputError: there is no such name (the nearest one is proposed), or a wrong key or value.
    """
    if cluster is None:
        return LocalMachine()
    if not isinstance(cluster, str | Mapping):
        if not callable(getattr(cluster, "open", None)):
            raise InputError(f"cluster={shown(cluster)} must be a name, a section, or a cluster with a method open")
        return cluster
    section = read_choice("cluster", cluster) if isinstance(cluster, str) else cluster
    return cast("Cluster", build(section or {}, "cluster"))


def must_be_installed(package: str) -> None:
    """Refuse a cluster whose package is not there.

    Raises:
        InputError: it is not installed; the extra that brings it is named.
    """
    if find_spec(package) is None:
        raise InputError(f"cluster: {not_installed(package)}")


def _check_options(options: object, wrong: Violations) -> None:
    """What is handed to sbatch is a name and one value each."""
    if options is not None and not isinstance(options, Mapping):
        wrong.unless(False, f"cluster.options={shown(options)} must be keys: name: value")
        return
    for name, value in cast("Mapping[object, object]", options or {}).items():
        fine = isinstance(value, str | int | float) and str(value).isprintable()
        told = f"cluster.options.{name}={shown(value)} must be a text or a number"
        wrong.unless(fine and isinstance(name, str), told)
