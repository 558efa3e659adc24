"""The `data:` section of the experiment: files, columns, the split, each key with its type, default and meaning. Reads no file."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Section(BaseModel):
    """A part of the file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Columns(Section):
    input: str | None = None
    references: str | None = None
    id: str | None = None
    group: str | None = None
    gold_passages: str | None = None
    split: str | None = None
    choices: str | None = None
    time: str | None = None
    context: str | None = None
    """A column whose text belongs to the row's input (an abstract, a ticket)."""
    slices: list[str] = []


class DocumentColumns(Section):
    id: str | None = None
    title: str | None = None
    text: str | None = None


class Split(Section):
    test: float | None = Field(default=None, gt=0)
    """Rows (1 and more) or a share (below 1); None: the preset's."""
    dev: float = Field(default=0.1, gt=0)
    train: float | None = Field(default=None, gt=0)
    """A cap on training rows; None: the preset's."""
    by: Literal["random", "group", "stratified", "time"] | None = None
    """None: by group where there are groups, stratified for labels, else random."""
    seed: int = 13


class Sides(Section):
    """Files whose rows are one side of the split as they stand. Rows of other files are drawn; a column named `split` wins."""

    train: list[str] = []
    dev: list[str] = []
    """Empty: drawn from the training rows."""
    test: list[str] = []
    """Empty: drawn from the rows of files without a side."""

    @field_validator("train", "dev", "test", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _each_file_once(self) -> Sides:
        if twice := sorted({file for file in self.files() if self.files().count(file) > 1}):
            raise ValueError(f"{twice[0]!r} stands on two sides; name each file once")
        return self

    def files(self) -> list[str]:
        return [*self.train, *self.dev, *self.test]

    def side_of(self, file: str) -> str:
        """Empty where it has none."""
        return next((side for side in ("train", "dev", "test") if file in getattr(self, side)), "")


class Data(Section):
    examples: list[str]
    """May be left out where `sides` names files; these are examples too."""
    sides: Sides = Sides()
    columns: Columns = Columns()
    documents: list[str] = []
    document_columns: DocumentColumns = DocumentColumns()
    split: Split = Split()
    encoding: str | None = None
    """None: detected."""
    bad_rows: float = Field(default=0.1, ge=0, le=1)
    """The import stops when more than this share of rows cannot be read."""
    mask_personal_data: bool = False
    """Replace e-mail addresses, telephone, card and account numbers and keys by [EMAIL], [PHONE], … in inputs, references and documents."""
    hub_split: str = "train"
    hub_revision: str | None = None

    @field_validator("examples", "documents", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="before")
    @classmethod
    def _files_of_the_sides_are_examples(cls, value: Any) -> Any:
        sides = value.get("sides") if isinstance(value, dict) else None
        named = [*sides.values()] if isinstance(sides, dict) else []
        files = [file for one in named for file in ([one] if isinstance(one, str) else one if isinstance(one, list) else [])]
        if not files:
            return value
        examples = value.get("examples") or []
        there = [examples] if isinstance(examples, str) else list(examples)
        return {**value, "examples": [*there, *(file for file in files if file not in there)]}
