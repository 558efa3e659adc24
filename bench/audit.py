"""Known weaknesses of the pinned packages, by pip-audit against constraints-hashed.txt; those in audit.toml are accepted with a reason.

    python bench/audit.py PIP_AUDIT

Exit status 0: every package was looked up and nothing is open. 1: something is, or an accepted finding is past its day or gone.
2: the advisories could not be read, so that nothing is known.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKED = ROOT / "constraints-hashed.txt"


def main(program: str) -> int:
    command = [program, "-r", str(LOCKED), "--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return said(2, f"pip-audit gave no result, so that nothing is known: {done.stderr.strip()[-500:]}")
    accepted = tomllib.loads((ROOT / "audit.toml").read_text(encoding="utf-8")).get("accepted", [])
    return judged(packages, accepted, datetime.now(UTC).date())


def judged(packages: list[dict[str, Any]], accepted: list[dict[str, Any]], today: date) -> int:
    """The exit status, and on the terminal why; `packages` as pip-audit tells them."""
    unseen = [package["name"] for package in packages if "skip_reason" in package]
    if unseen or not packages:
        return said(2, f"The advisories of {len(unseen)} of {len(packages)} packages could not be read here ({', '.join(unseen[:3])}, …): "
                       "nothing is known about them. Run `make audit` where PyPI's JSON API can be reached.")  # fmt: skip
    found = {(package["name"], known): ids for package in packages for vuln in package["vulns"]
             for ids in [{vuln["id"], *vuln.get("aliases", [])}] for known in [vuln["id"]]}  # fmt: skip
    wrong = []
    for entry in accepted:
        if not any(entry["package"] == name and entry["id"] in ids for (name, _), ids in found.items()):
            wrong.append(f"{entry['package']} {entry['id']}: accepted in audit.toml, but no longer found; take it out")
        elif entry["until"] < today:
            wrong.append(f"{entry['package']} {entry['id']}: was accepted until {entry['until']}; look at it again")
    kept = {(entry["package"], entry["id"]) for entry in accepted if entry["reason"].strip()}
    wrong += [f"{name} {known}: open" for (name, known), ids in found.items() if not any((name, one) in kept for one in ids)]
    return said(1, "\n".join(wrong)) if wrong else said(0, f"{len(packages)} packages, nothing open, {len(accepted)} accepted.")


def said(status: int, text: str) -> int:
    sys.stdout.write(text + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
