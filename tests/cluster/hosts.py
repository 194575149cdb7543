"""Several hosts on one machine: Linux network namespaces, with a Dask scheduler on one and workers on others."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PORT = 8786
OWN_LOOP = 'while :; do "$@"; sleep 1; done'
"""What keeps a service up elsewhere, systemd for one: whoever loses the scheduler ends, and is started again."""


def ip(*words: str, netns: str = "") -> None:
    """One command of iproute2.

    Raises:
        OSError: this machine does not allow it.
    """
    inside = ["-n", netns] if netns else []
    done = subprocess.run(["ip", *inside, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")


@dataclass
class Hosts:
    """The middle one, where the scheduler is, and others, each with a cable to it.

    Attributes:
        mark: how the names of namespaces begin.
        number: which network of 10.x.y.0 each cable is.
        services: host -> the shell that keeps its service up.
    """

    mark: str
    certificates: Path
    number: dict[str, int] = field(default_factory=dict)
    services: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def add(self, name: str) -> None:
        """One more host."""
        self.number[name] = len(self.number)
        ip("netns", "add", self.mark + name)
        ip("link", "set", "lo", "up", netns=self.mark + name)
        if name == "middle":
            return
        here, there = f"{self.mark}{name}0", f"{self.mark}{name}1"
        ip("link", "add", here, "netns", f"{self.mark}middle", "type", "veth", "peer", "name", there,
           "netns", self.mark + name)  # fmt: skip
        for host, link, last in (("middle", here, 1), (name, there, 2)):
            ip("addr", "add", f"10.213.{self.number[name]}.{last}/24", "dev", link, netns=self.mark + host)
            ip("link", "set", link, "up", netns=self.mark + host)

    def scheduler(self, seen_from: str) -> str:
        """The scheduler's address as a host sees it."""
        return f"tls://10.213.{self.number[seen_from]}.1:{PORT}"

    def cable(self, name: str, state: str) -> None:
        """Plug a host's cable in ("up") or out ("down")."""
        ip("link", "set", f"{self.mark}{name}0", state, netns=f"{self.mark}middle")

    def command(self, name: str, *words: str) -> list[str]:
        """A command as it is run on a host."""
        return ["ip", "netns", "exec", self.mark + name, *words]

    def serve(self, name: str, log: Path, *words: str, hide: Path | None = None, environment: dict[str, str]) -> None:
        """Keep a service of Dask up on a host; a hidden folder is an empty one there."""
        program = [sys.executable, "-m", *words, *self.show_certificates(), "--no-dashboard"]
        looped = ["sh", "-c", OWN_LOOP, "sh", *program]
        if hide is not None:
            looped = ["unshare", "-m", "sh", "-c", f'mount -t tmpfs none "{hide}" && exec "$@"', "sh", *looped]
        with log.open("ab") as said:
            self.services[name] = subprocess.Popen(
                self.command(name, *looped), stdout=said, stderr=said, env={**os.environ, **environment},
                cwd=log.parent, start_new_session=True,
            )  # fmt: skip

    def show_certificates(self) -> Sequence[str]:
        names = {"ca-file": "ca.pem", "cert": "cert.pem", "key": "key.pem"}
        return [word for name, file in names.items() for word in (f"--tls-{name}", str(self.certificates / file))]

    def kill(self, name: str) -> None:
        """Kill a host's service and all that it started, but for the shell that starts it again."""
        for process in descendants(self.services[name].pid)[::-1]:
            if "python" in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")[0].decode():
                os.kill(process, signal.SIGKILL)

    def end(self) -> None:
        """Unplug and remove everything."""
        for service in self.services.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(service.pid, signal.SIGKILL)
            service.wait()
        for name in self.number:
            with contextlib.suppress(OSError):
                ip("netns", "del", self.mark + name)


def descendants(process: int) -> list[int]:
    """A process's children, their children and so on."""
    found = list[int]()
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *descendants(child)]
    return found


@contextlib.contextmanager
def several(names: Sequence[str], folder: Path) -> Generator[Hosts]:
    """Hosts with cables to the middle one.

    Raises:
        OSError: namespaces are not allowed here.
    """
    make_certificates(folder)
    hosts = Hosts(f"z{os.getpid() % 10000}", folder)
    try:
        for name in ("middle", *names):
            hosts.add(name)
        yield hosts
    finally:
        hosts.end()


def make_certificates(folder: Path) -> None:
    """One certificate that signed itself, for everybody: ca.pem, cert.pem, key.pem."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=zpdgym",
         "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    (folder / "ca.pem").write_bytes((folder / "cert.pem").read_bytes())


def wait_until(done, seconds: float) -> None:
    """Wait for something; a test fails where it does not happen."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.2)
