"""The pinned packages: hashes for each, and what an audit of them says when something is open, accepted, gone, or not to be read."""

from __future__ import annotations

import re
import tomllib
from datetime import date

import pytest

from bench.audit import judged
from tests.tiny_run import ROOT

TODAY = date(2026, 11, 28)
FINE = {"name": "a", "version": "1", "vulns": []}
OPEN = {"name": "b", "version": "1", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": []}]}
ENTRY = {"package": "b", "id": "CVE-1", "reason": "not reached", "until": date(2027, 1, 1)}


def test_every_pinned_package_has_its_hashes() -> None:
    pinned = [re.sub(r"[-_.]+", "-", name.lower()) + version
              for name, version in re.findall(r"^([\w.-]+)(==\S+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)]  # fmt: skip
    blocks = re.split(r"\n(?=\w)", (ROOT / "constraints-hashed.txt").read_text())
    hashed = {name.group(1): block.count("--hash=sha256:") for block in blocks if (name := re.match(r"(\S+==\S+) ", block))}
    assert [name for name in pinned if not hashed.get(name)] == []
    assert len(hashed) == len(pinned)


@pytest.mark.parametrize(("packages", "accepted", "status", "told"), [
    ([FINE], [], 0, "nothing open"),
    ([FINE, OPEN], [], 1, "b PYSEC-1: open"),
    ([FINE, OPEN], [ENTRY], 0, "1 accepted"),
    ([FINE, OPEN], [{**ENTRY, "reason": " "}], 1, "open"),
    ([FINE, OPEN], [{**ENTRY, "until": date(2026, 1, 1)}], 1, "look at it again"),
    ([FINE], [ENTRY], 1, "no longer found"),
    ([FINE, {"name": "c", "skip_reason": "not found"}], [], 2, "nothing is known"),
    ([], [], 2, "nothing is known"),
])  # fmt: skip
def test_an_audit_passes_only_where_all_is_known_and_nothing_is_open(
    packages: list[dict[str, object]], accepted: list[dict[str, object]], status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert judged(packages, accepted, TODAY) == status
    assert told in capsys.readouterr().out


def test_every_accepted_finding_has_its_reason_and_day() -> None:
    for entry in tomllib.loads((ROOT / "audit.toml").read_text()).get("accepted", []):
        assert {"package", "id", "reason", "until"} <= set(entry)
