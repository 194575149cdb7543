"""Builds the documentation site: ``python -m benchmarks.site [FOLDER]``; any warning is an error.

FOLDER (``site``) is emptied first; the site is then in ``FOLDER/html``.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import build_main

from benchmarks.site import navigation, reference, tutorial
from benchmarks.site.accessible import mend
from benchmarks.site.gallery import Gallery
from benchmarks.site.offline import loaded_from_elsewhere
from benchmarks.site.staging import ROOT, Staging

OUT = ROOT / "site"
HERE = Path(__file__).parent


def stage(source: Path, extra: Path) -> None:
    """Lay out everything that Sphinx reads in ``source``, and in ``extra`` what stands in the site as it is."""
    staging = Staging(source)
    for path in navigation.pages():
        staging.page(path)
    for script in sorted((ROOT / "docs" / "tutorial").glob("*.py")):
        tutorial.write(staging, script)
    reference.write(staging)
    Gallery(staging, extra).write()
    shutil.copyfile(HERE / "site.css", source / "_static" / "site.css")
    navigation.write(staging)


def main(out: Path = OUT) -> int:
    """Build; 0 where everything is well."""
    shutil.rmtree(out, ignore_errors=True)
    source, built, extra = out / "source", out / "html", out / "extra"
    stage(source, extra)
    folders = [f"-Dhtml_static_path={source / '_static'}", f"-Dhtml_extra_path={extra}"]
    how = ["-b", "html", "-W", "--keep-going", "-n", "-q", "-c", str(HERE), "-d", str(out / "doctrees"), *folders]
    if failed := build_main([*how, str(source), str(built)]):
        return failed
    mend(built)
    if elsewhere := list(loaded_from_elsewhere(built)):
        print("\n".join(elsewhere), file=sys.stderr)
        return 1
    print(f"wrote {built / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if sys.argv[1:] else OUT))
