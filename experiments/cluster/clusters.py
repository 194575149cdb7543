"""Where runs are made: on this machine, by the workers of a Dask scheduler, or by jobs of Slurm."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias, cast

from zpdgym.errors import InputError, Violations, not_installed, shown
from zpdgym.files import is_file
from zpdgym.parameters import Number, Parameter, Switch, Table, Text, read

from ...configs.build import build, read_choice

if TYPE_CHECKING:
    from distributed import Client, Security

    from ..workers import Engine

__all__ = ["Cluster", "DaskCluster", "LocalMachine", "SlurmCluster"]

_ADDRESS = re.compile(r"(?P<scheme>\w+)://(?P<host>\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):(?P<port>\d{1,5})")
SHARED = Switch(
    "whether workers that see the folder of results at the same path write there; false: all send runs back"
)
PATIENCE = Number("how long a scheduler or workers that are gone are waited for", low=1, high=10**6, unit="seconds")
CONNECT = "10s"


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
        wrong = Violations("cluster")
        given = read(self.PARAMETERS, locals(), wrong)
        self.address, self.insecure, self.shared, self.patience = address, given.insecure, given.shared, given.patience
        self.files = {"ca": given.ca, "cert": given.cert, "key": given.key}
        _check_address(address, self.files, given.insecure, wrong)
        wrong.raise_any()
        must_be_installed("distributed")

    @contextmanager
    def open(self, *, home: Path | None, jobs: int | None) -> Generator[Engine | None]:
        """The scheduler's workers.

        Raises:
            InputError: nobody answers there, or a worker does not fit.
        """
        from .dask_engine import DaskEngine

        engine = DaskEngine(
            self._connect,
            where=self.address,
            home=home,
            at_most=jobs,
            shared=self.shared,
            patience=self.patience,
        )
        try:
            engine.open()
            yield engine
        finally:
            engine.close()

    def _connect(self) -> Client:
        from distributed import Client

        return Client(self.address, security=self._security(), timeout=CONNECT, set_as_default=False)

    def _security(self) -> Security | None:
        from distributed import Security

        if not self.address.startswith("tls://"):
            return None
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
        wrong = Violations("cluster")
        given = read(self.PARAMETERS, locals(), wrong)
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
                keep_up=hired.keep_up,
            )
            try:
                engine.open()
                yield engine
            finally:
                engine.close()


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


def _check_address(address: object, files: Mapping[str, str | None], insecure: bool, wrong: Violations) -> None:
    """Only who shows a certificate may be talked to beyond this machine."""
    found = _ADDRESS.fullmatch(address) if isinstance(address, str) else None
    if found is None or not 0 < int(found["port"]) < 2**16 or found["scheme"] not in ("tls", "tcp"):
        wrong.unless(False, f"address={shown(address)} must be tls://HOST:PORT, or tcp://HOST:PORT")
        return
    given = [name for name, file in files.items() if file is not None]
    if found["scheme"] == "tls":
        for name, file in files.items():
            wrong.unless(file is not None, f"{name} is missing: tls:// needs the paths of ca, cert and key")
            wrong.unless(file is None or is_file(file), f"{name}={file}: there is no such file")
        return
    wrong.unless(not given, f"{', '.join(given)}: tcp:// takes no certificates; write tls://")
    far = not _is_this_machine(found["host"].strip("[]"))
    wrong.unless(
        insecure or not far,
        f"address={address}: over plain tcp:// whoever reaches a port can run code; give tls:// with ca, cert and key, "
        "or insecure=true where nobody else is in the network",
    )


def _check_options(options: object, wrong: Violations) -> None:
    """What is handed to sbatch is a name and one value each."""
    if options is not None and not isinstance(options, Mapping):
        wrong.unless(False, f"options={shown(options)} must be keys: name: value")
        return
    for name, value in cast("Mapping[object, object]", options or {}).items():
        fine = isinstance(value, str | int | float) and str(value).isprintable()
        wrong.unless(fine and isinstance(name, str), f"options.{name}={shown(value)} must be a text or a number")


def _is_this_machine(host: str) -> bool:
    import ipaddress  # here, because most commands need none of it

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
