"""Which tests fail with the newest release of each package that pyproject.toml bounds from above (`make bounds`).

    python bench/bounds.py                          every bounded package
    python bench/bounds.py peft transformers==5.20  these alone; a version may be named

Each is tried in a throw-away virtual environment that sees the packages of this one and has the newest release in front of them, with what
that release needs itself. The bound stands in Bakeoff's own metadata: pip is asked for the one package and not for Bakeoff, so that the
bound does not hold it back. The whole output of each try, with the names of the tests that failed, is kept in build/bounds/.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build/bounds"
PACKAGES = ("transformers", "peft", "accelerate", "sentence-transformers", "ragas", "streamlit")
TESTS = (
    "tests/finetune", "tests/retrieval/test_embed.py", "tests/eval/judge/test_offline.py", "tests/eval/judge/test_asking.py",
    "tests/app/test_password.py",
)  # fmt: skip
"""A few minutes that reach all of them: training, generation, embedding, the judge's metrics, the app's pages."""


@dataclass(frozen=True)
class Trial:
    """One release of one package, and what the tests said."""

    package: str
    tested: str
    tried: str
    brought: tuple[str, ...]
    """Other packages that it needed in another version than this environment has, as name==version."""
    failed: tuple[str, ...]
    """Files and how many tests failed in each; their names stand in the log."""
    ended: str
    """pytest's last line, or why no test was run."""
    why: str = "–"
    """The most frequent error."""

    def row(self) -> str:
        also = f" with {', '.join(self.brought)}" if self.brought else ""
        return f"| {self.package} | {self.tested} | {self.tried}{also} | {self.ended} | {', '.join(self.failed) or '–'} | {self.why} |"


def tested_version(package: str) -> str:
    """As constraints.txt has it."""
    found = re.search(rf"(?m)^{re.escape(package)}==(.+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"))
    if found is None:
        raise SystemExit(f"constraints.txt has no version of {package}.")
    return found[1].strip()


def environment(folder: Path) -> Path:
    """The interpreter of an empty virtual environment that sees this one's packages after its own."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    (own,) = folder.glob("lib/python*/site-packages")
    (own / "tested.pth").write_text("\n".join(sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})), encoding="utf-8")
    return folder / "bin/python"


def installed(folder: Path) -> dict[str, str]:
    """Name → version of what lies in the throw-away environment itself."""
    (own,) = folder.glob("lib/python*/site-packages")
    return {found.name.replace("_", "-").lower(): found.version for found in distributions(path=[str(own)])}


def run_tests(python: Path, log: Path) -> dict[str, Any]:
    """What `Trial` says of the tests."""
    done = subprocess.run(
        [str(python), "-m", "pytest", "-q", "-rfE", "--tb=short", "-p", "no:cacheprovider", "-m", "not slow and not browser", *TESTS],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    lines = done.stdout.strip().splitlines() or [f"pytest ended with {done.returncode}"]
    failed = Counter(found[1] for line in lines if (found := re.match(r"(?:FAILED|ERROR) (.+?)(?:::| - |$)", line)))
    why = Counter(line[1:].strip() for line in lines if line.startswith("E  "))
    return {
        "failed": tuple(f"{name} ({count})" for name, count in failed.items()),
        "ended": lines[-1],
        "why": f"{why.most_common(1)[0][0]} ({why.most_common(1)[0][1]} times)" if why else "–",
    }


def try_release(wanted: str) -> Trial:
    """`wanted`: a package, whose newest release is tried, or `package==version`."""
    package = re.split(r"[=<>!~]", wanted)[0]
    tested = tested_version(package)
    with tempfile.TemporaryDirectory() as made:
        python = environment(Path(made))
        before = installed(Path(made))
        pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--upgrade", wanted]
        got = subprocess.run(pip, capture_output=True, text=True, check=False)
        if got.returncode:
            return Trial(package, tested, "–", (), (), f"pip failed: {got.stderr.strip().splitlines()[-1]}")
        own = {name: version for name, version in installed(Path(made)).items() if before.get(name) != version}
        tried = own.pop(package, tested)
        if tried == tested:
            return Trial(package, tested, tried, (), (), "nothing newer than what is tested")
        brought = tuple(f"{name}=={version}" for name, version in own.items())
        return Trial(package, tested, tried, brought, **run_tests(python, LOGS / f"{package}-{tried}.log"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", default=PACKAGES, help="a package, or package==version")
    LOGS.mkdir(parents=True, exist_ok=True)
    print("| package | tested | tried | tests | failed in | most frequent error |\n|---|---|---|---|---|---|", flush=True)
    for wanted in parser.parse_args().packages:
        print(try_release(wanted).row(), flush=True)
    print(Trial("none: as installed", "", "", (), **run_tests(Path(sys.executable), LOGS / "as-installed.log")).row())


if __name__ == "__main__":
    main()
