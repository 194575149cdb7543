"""Programs of other people that are run as they are: fetched from one named commit, and checked byte by byte."""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SECONDS = 60


class Unobtainable(Exception):
    """A file of the program cannot be had, or is not the one that was named."""


@dataclass(frozen=True)
class Program:
    """Files of a public repository at one commit.

    Attributes:
        repository: on GitHub, "owner/name".
        commit: all forty digits.
        files: path in the repository -> SHA-256 of its bytes.
        instead: the environment variable that names a folder with these paths, where there is no network.
    """

    repository: str
    commit: str
    files: Mapping[str, str]
    instead: str

    def put_into(self, folder: Path) -> None:
        """Lay the files into a folder, as they lie in the repository, after their checksums were compared.

        Raises:
            Unobtainable: no network and no folder, or bytes that are not those of the commit.
        """
        for path, checksum in self.files.items():
            data = self._bytes_of(path)
            found = hashlib.sha256(data).hexdigest()
            if found != checksum:
                raise Unobtainable(f"{path} of {self.repository} has checksum {found[:12]}, expected {checksum[:12]}")
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    def _bytes_of(self, path: str) -> bytes:
        if folder := os.environ.get(self.instead):
            given = Path(folder) / path
            if not given.is_file():
                raise Unobtainable(f"{self.instead}={folder}: there is no {path}")
            return given.read_bytes()
        address = f"https://raw.githubusercontent.com/{self.repository}/{self.commit}/{path}"
        try:
            with urllib.request.urlopen(address, timeout=SECONDS) as answer:
                return answer.read()
        except (urllib.error.URLError, TimeoutError) as error:
            raise Unobtainable(
                f"{address}: {error}; {self.instead} may name a folder that has the files of that commit"
            ) from error


CLEANRL = Program(
    repository="vwxyzjn/cleanrl",
    commit="fe8d8a03c41a7ef5b523e2e354bd01c363e786bb",
    files={
        "cleanrl/ppo.py": "d8dfbb7ac0b21e747b77d6e6673e566db4d6cdacc83bcebcd19cf87ad0e459ae",
        "cleanrl/dqn.py": "a0effc7d087264da1644c3c79eb99cc3ab02b214a758ebf6e9c1443b21ad57d3",
        "cleanrl_utils/__init__.py": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "cleanrl_utils/buffers.py": "b43d54020783ac53f7d23fe7c0ed72aff20e1f377a633d134d66eb9bdbece4b8",
    },
    instead="ZPDGYM_CLEANRL",
)
"""``dqn.py`` needs the last two."""
