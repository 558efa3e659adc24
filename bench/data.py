"""A CSV of a million rows through the import, and 100,000 rows through the audit's search for near duplicates: seconds and peak memory.

Each in a process of its own. Written here, read here, nothing kept.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def write(path: Path, rows: int) -> None:
    """Rows of about 20 words each, no two alike, 50 labels, some cells quoted."""
    draw = random.Random(7)
    words = [f"word{n}" for n in range(2000)]
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "text", "label"])
        for number in range(rows):
            writer.writerow(
                [f"r{number}", " ".join(draw.choices(words, k=20)) + (', "quoted"' if number % 10 == 0 else ""), f"label {number % 50}"]
            )


def read(path: Path) -> None:
    """Import the file and print what it took."""
    from pipeline.data.ingest import load_examples
    from pipeline.experiment.load import Data, Task

    began = time.perf_counter()
    loaded = load_examples(Data(examples=[str(path)]), Task(kind="classification"))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"rows": len(loaded.records), "seconds": round(seconds, 1), "peak_gib": round(peak, 2)}))


def duplicates(rows: int) -> None:
    """Half of them against the other half, 40 words each, one in 200 planted as near; prints what it took."""
    from pipeline.data.audit.similar import nearest

    draw, half = random.Random(5), rows // 2
    words = [f"word{n}" for n in range(3000)]
    texts = [" ".join(draw.choices(words, k=40)) for _ in range(rows)]
    planted = {n: f"please {texts[half + n]}" for n in range(0, half, 100)}
    began = time.perf_counter()
    found = nearest([planted.get(n, texts[n]) for n in range(half)], texts[half:])
    seconds = time.perf_counter() - began
    right = {(pair.text, pair.other) for pair in found} == {(n, n) for n in planted}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"rows compared": rows, "seconds": round(seconds, 1), "peak_gib": round(peak, 2), "all planted and no other": right}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--duplicates", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.duplicates:
        duplicates(arguments.duplicates)
        return
    if arguments.read:
        read(arguments.read)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        write(path, arguments.rows)
        print(f"{path.stat().st_size / 2**20:.0f} MiB of CSV")
        subprocess.run([sys.executable, __file__, "--read", str(path)], check=True)
    subprocess.run([sys.executable, __file__, "--duplicates", str(arguments.rows // 10)], check=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    main()
