"""The `data:` section of the experiment: files, columns, the split, each key with its type, default and meaning. Reads no file."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Section(BaseModel):
    """A part of the file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Columns(Section):
    """Names of the columns in the files of examples. A name that is left out is guessed from the column names."""

    input: str | None = None
    """The question or text."""
    references: str | None = None
    """The gold answers or labels."""
    id: str | None = None
    """If left out, and none is guessed: the row's place in its file."""
    group: str | None = None
    """Rows of one group stay on one side of the split."""
    gold_passages: str | None = None
    """The ids of the documents that hold the answer."""
    split: str | None = None
    """train, dev or test."""
    choices: str | None = None
    """The possible answers of the row."""
    time: str | None = None
    """For `split.by: time`."""
    context: str | None = None
    """A column whose text belongs to the row's input (an abstract, a ticket)."""
    slices: list[str] = []
    """Columns whose values are reported one by one (a product, a language)."""


class DocumentColumns(Section):
    """Names of the columns in tables with one document a row. A name that is left out is guessed."""

    id: str | None = None
    title: str | None = None
    text: str | None = None


class Split(Section):
    test: float | None = Field(default=None, gt=0)
    """Number of rows (1 and more) or a share (below 1). If left out: the preset's."""
    dev: float = Field(default=0.1, gt=0)
    """Number of rows, or a share."""
    train: float | None = Field(default=None, gt=0)
    """The most training rows to use. If left out: the preset's."""
    by: Literal["random", "group", "stratified", "time"] | None = None
    """If left out: by group if there are groups, stratified for classification, else random. time: the newest rows are the test rows."""
    seed: int = 13
    least_test: int = Field(default=20, ge=1)
    """With fewer test rows nothing starts. Lower it only to try the software out: so few rows show nothing."""
    least_train: int = Field(default=10, ge=1)
    """With fewer training rows nothing starts."""


class Sides(Section):
    """Files that each hold one side of the split. Rows of other files are split by `data.split`. A column `split` takes precedence."""

    train: list[str] = []
    dev: list[str] = []
    """Empty: taken from the training rows."""
    test: list[str] = []
    """Empty: taken from the rows of files without a side."""

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
    """Files of examples. May be left out if `sides` names files: those hold examples too."""
    sides: Sides = Sides()
    columns: Columns = Columns()
    documents: list[str] = []
    """Files, folders or ZIP archives to retrieve from."""
    document_columns: DocumentColumns = DocumentColumns()
    split: Split = Split()
    separator: str | None = Field(default=None, min_length=1, max_length=5)
    """What stands between several accepted answers or labels in one cell (`;`). If left out: a cell holds one, unless it is a list."""
    ocr: str | None = None
    """Languages as tesseract names them (eng, deu+eng): PDF pages without text are read from their picture. If left out: they are not."""
    encoding: str | None = None
    """If left out: detected."""
    bad_rows: float = Field(default=0.1, ge=0, le=1)
    """The import stops if more than this share of the rows cannot be read."""
    mask_personal_data: bool = False
    """Replace e-mail addresses, telephone, card and account numbers and keys by [EMAIL], [PHONE], … in inputs, references and documents."""
    hub_split: str = "train"
    """For examples named `hub:<id>`: which split of the dataset to read."""
    hub_revision: str | None = None
    """For examples named `hub:<id>`: a commit or tag of the dataset."""

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
