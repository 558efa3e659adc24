"""ZIP archives of documents: read as their folder would be; nothing leaves the archive, and what is too large is refused whole."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from pipeline.data.ingest.documents.archive import Archive, Limits
from pipeline.errors import UserError
from tests.pipeline.data.document_files import packed, read, word, written


def test_a_zip_gives_the_documents_that_its_folder_would(tmp_path: Path) -> None:
    rows = b'{"doc_id": "row", "text": "From a line."}\nnonsense\n'
    members = {"docs/a.md": b"# A\n\nText", "docs/b.txt": b"Text", "docs/sub/b.html": b"<p>Page", "docs/c.docx": word(),
               "docs/t.jsonl": rows, "docs/old.doc": b"x", "docs/bad.md": b"\x89PNG\r\n", "docs/rows.parquet": b"PAR1",
               "__MACOSX/docs/._a.md": b"x"}  # fmt: skip
    for name, content in members.items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(content)
    folder = read(tmp_path / "folder" / "docs")
    archive = read(packed(tmp_path / "docs.zip", members))
    assert {d.id.removeprefix("docs/"): (d.title, d.text, d.headings) for d in archive.records} == {
        d.id: (d.title, d.text, d.headings) for d in folder.records}  # fmt: skip
    assert sorted(d.id for d in folder.records) == ["a", "b", "c", "row", "sub/b"]
    assert archive.records[0].metadata == {"origin": "docs.zip!docs/a.md"}
    assert sorted((Path(bad.file.replace("!", "/")).name, bad.line) for bad in archive.quarantined) == [
        ("bad.md", 1), ("old.doc", 1), ("rows.parquet", 1), ("t.jsonl", 2)]  # fmt: skip
    assert {bad.file for bad in archive.quarantined} >= {f"{tmp_path / 'docs.zip'}!docs/t.jsonl"}
    assert sorted((bad.line, bad.reason) for bad in archive.quarantined) == sorted((bad.line, bad.reason) for bad in folder.quarantined)


def test_no_member_leaves_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    link = zipfile.ZipInfo("link.md")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    odd = ["/etc/passwd.md", "../up.md", "a/../../b.md", "C:\\x.md", "a\\..\\b.md", "new\nline.md", "inner.zip"]
    with zipfile.ZipFile(path, "w") as out:
        for name in ("good.md", *odd):
            out.writestr(name, "Text")
        out.writestr(link, "/etc/passwd")
    before = sorted(tmp_path.rglob("*"))
    loaded = read(path)
    assert [d.id for d in loaded.records] == ["good"]
    assert len(loaded.quarantined) == len(odd) + 1
    assert all(bad.file.startswith(f"{path}!") and bad.file.isprintable() for bad in loaded.quarantined)
    assert sorted(tmp_path.rglob("*")) == before


def test_archives_beyond_bounds_are_refused_whole(tmp_path: Path) -> None:
    bomb = packed(tmp_path / "bomb.zip", {"a.md": b"a" * 17 * 2**20})
    with pytest.raises(UserError, match="100 times"):
        read(bomb)
    small = packed(tmp_path / "small.zip", {"a.md": b"Text", "b.md": b"Text"})
    for limits, mention in ((Limits(members=1), "2 members"), (Limits(unpacked=7), "unpacks to")):
        with pytest.raises(UserError, match=mention):
            Archive(small, limits)
    flag = bytearray(small.read_bytes())
    flag[flag.index(b"PK\x01\x02") + 8] |= 1  # the bit of the directory that says: encrypted
    with pytest.raises(UserError, match="encrypted"):
        read(written(tmp_path / "locked.zip", bytes(flag)))
    for content in (b"", b"PK\x03\x04nonsense", small.read_bytes()[:60]):
        with pytest.raises(UserError, match="no ZIP archive"):
            read(written(tmp_path / "broken.zip", content))
    kept = read(tmp_path)
    assert [d.id for d in kept.records] == ["small/a", "small/b"]
    assert [Path(bad.file).name for bad in kept.quarantined] == ["bomb.zip", "broken.zip", "locked.zip"]
