"""Which addresses may be talked to, and with which certificates."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping

from zpdgym.errors import InputError, Violations, shown
from zpdgym.files import is_file

_ADDRESS = re.compile(r"(?P<scheme>\w+)://(?P<host>\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):(?P<port>\d{1,5})")
_FORM = "tls://HOST:PORT, or tcp://HOST:PORT"


def check_address(address: object, files: Mapping[str, str | None], insecure: bool, wrong: Violations) -> None:
    """Only who shows a certificate may be talked to beyond this machine."""
    found = _ADDRESS.fullmatch(address) if isinstance(address, str) else None
    if found is None or not 0 < int(found["port"]) < 2**16 or found["scheme"] not in ("tls", "tcp"):
        written = address if isinstance(address, str) else shown(address)
        wrong.unless(False, f"cluster.address={written} must be {_FORM}")
        return
    given = [f"cluster.{name}" for name, file in files.items() if file is not None]
    if found["scheme"] == "tls":
        lacks = [f"cluster.{name}" for name, file in files.items() if file is None]
        wrong.unless(not lacks, f"tls:// also needs the paths {', '.join(f'{name}=…' for name in lacks)}")
        for name, file in files.items():
            wrong.unless(file is None or is_file(file), f"cluster.{name}={file}: there is no such file")
        return
    wrong.unless(not given, f"{', '.join(given)}: tcp:// takes no certificates; write tls://")
    wrong.unless(
        insecure or not is_open(str(address)),
        f"cluster.address={address}: over plain tcp:// whoever reaches a port can run code; give tls:// with "
        "cluster.ca, cluster.cert and cluster.key, or cluster.insecure=true where nobody else is in the network",
    )


def is_open(address: str) -> bool:
    """Whether other machines reach an address, and need to show nothing for it."""
    found = _ADDRESS.fullmatch(address)
    return found is not None and found["scheme"] == "tcp" and not _is_this_machine(found["host"].strip("[]"))


def must_be_certificates(files: Mapping[str, str | None]) -> None:
    """Refuse files that are no certificates, and a key that is another's.

    Raises:
        InputError: the first of them.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ca, cert, key = (str(files[name]) for name in ("ca", "cert", "key"))
    try:
        context.load_verify_locations(ca)
    except OSError as error:  # those of ssl are such, too
        raise InputError(f"cluster.ca={ca} is no certificate ({error.strerror or error})") from error
    try:
        context.load_cert_chain(cert, key)
    except OSError as error:
        if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
            raise InputError(f"cluster.key={key} is not the key to cluster.cert={cert}") from error
        told = "are not a certificate and the private key to it"
        raise InputError(f"cluster.cert={cert} and cluster.key={key} {told} ({error.strerror or error})") from error


def _is_this_machine(host: str) -> bool:
    import ipaddress  # here, because most commands need none of it

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
