"""One model's chat: prompts and targets as token ids, what ends an answer, and how what was written is read. Runs no model.

All of it comes from the model's own files: a turn is rendered by its template to see what opens and what closes an answer. Training,
generation and likelihoods use the same `Chat`, so that an arm is asked as it was taught. Special tokens come from the template alone;
in documents, inputs and targets the same characters are text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from finetune.chat_template import PLAIN, PLAIN_STOP, THOUGHTS, control_tokens, dated, first_token, folded
from finetune.errors import SetupError
from finetune.rows import IGNORED, Encoded, EncodedRows, Message, Pair

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

SYSTEM, USER, ASSISTANT = "zqsystemqz", "zquserqz", "zqassistantqz"
"""What the turns hold that a template is tried with."""
BREAK = "\ufdd0"
"""Stands inside a special token's characters where they are text; Unicode keeps it out of texts."""


@dataclass(frozen=True)
class ChatSettings:
    """How a model is talked to; the defaults stand in the experiment file's section `model`."""

    template: str = "auto"
    """`auto`: the model's own, else `plain`; `plain`; or a template in Jinja."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Further values for the template."""
    thinking: bool = False
    thinking_tokens: int = 1024
    """Tokens a thought may have."""


OWN = ChatSettings()
"""The model's own template, no thought."""


class Chat:
    """See the module. `end`: the token that closes a turn. `stops`: all that end an answer, `end` among them."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, settings: ChatSettings = OWN, further_stops: Sequence[int] = ()) -> None:
        """`further_stops`: what the model's own files name besides. SetupError for a template that cannot be used."""
        self.tokenizer, self.settings = tokenizer, settings
        own = getattr(tokenizer, "chat_template", None)
        self.plain = settings.template == "plain" or (settings.template == "auto" and not own)
        named = PLAIN if self.plain else tokenizer.get_chat_template() if settings.template == "auto" else settings.template
        self._template = dated(named)
        self.thought = next((one for one in THOUGHTS if one.closes in self._template), None)
        if settings.thinking and self.thought is None:
            raise SetupError("model.thinking is true, but this model's chat template knows no thought; leave it out")
        self._control = control_tokens(tokenizer, self._template)
        self._first = first_token(tokenizer) if self.plain else []
        self.folds_system = not self._takes_system()
        self._look_at_a_turn(further_stops)

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt as text, up to where the answer begins; the first message must be a system message.

        Chat templates slip in a system prompt of their own where none is given, which would differ between models and arms.
        """
        if not messages or messages[0].role != "system":
            raise ValueError("a prompt begins with a system message, so that no template adds one of its own")
        return self._rendered(messages, generation=True) + self._tail

    def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """Of these messages, in which no special token's characters are one."""
        text = self.render([Message(message.role, self._as_text(message.content)) for message in messages])
        return [*self._first, *self._ids(text)]

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Prompt tokens under the model's chat template."""
        return len(self.prompt_ids(messages))

    def completion_ids(self, text: str, thought: bool = False) -> list[int]:
        """An answer as it is learnt and scored, and the end of its turn; `thought`: behind one that was written."""
        return [*self._ids(("" if thought else self._lead) + self._as_text(text)), self.end]

    def encode(self, pair: Pair) -> Encoded:
        """The prompt's labels masked; nothing cut off."""
        prompt, completion = self.prompt_ids(pair.prompt), self.completion_ids(pair.completion)
        return Encoded(pair.id, [*prompt, *completion], [*[IGNORED] * len(prompt), *completion])

    def encode_all(self, pairs: Sequence[Pair], max_length: int) -> EncodedRows:
        """Every pair encoded; one longer than `max_length` tokens is left out and named."""
        rows = [self.encode(pair) for pair in pairs]
        fit = [row for row in rows if len(row.input_ids) <= max_length]
        return EncodedRows(fit, [row.id for row in rows if len(row.input_ids) > max_length])

    def read(self, ids: Sequence[int]) -> str:
        """The answer in what was written: without special tokens, a thought, and what a model adds that goes on with the next question."""
        start = self.answer_from(ids)
        text = str(self.tokenizer.decode(list(ids[len(ids) if start is None else start :]), skip_special_tokens=True))
        return (text.partition(self.stop_text)[0] if self.stop_text else text).strip()

    def answer_from(self, ids: Sequence[int], begun: bool = False) -> int | None:
        """Where in what was written the answer begins; None: not yet, a thought is under way or may still be opened.

        `begun`: a thought is known to be, and did not end before the last of these tokens.
        """
        if self.thought is None:
            return 0
        said = self._decoded(ids[-len(self.thought.closes) :] if begun else ids)
        if self.thought.closes in said:
            return len(ids) if begun else self._first_with(self.thought.closes, ids)
        if begun or self.opened:
            return None
        head, opens = said.lstrip(), self.thought.opens
        return None if head.startswith(opens) or opens.startswith(head) else 0

    def ended(self, ids: Sequence[int]) -> bool:
        """Whether the last of these tokens ends the answer."""
        if not ids:
            return False
        return ids[-1] in self.stops or bool(self.stop_text and self.stop_text in self._decoded(ids[-len(self.stop_text) :]))

    def cut_ids(self, written: Sequence[int] = ()) -> list[int]:
        """What closes a thought; behind one that has closed itself, what still stands before an answer."""
        if self.thought is None:
            return []
        if written and self.thought.closes in self._decoded(written):
            return self._ids(self.thought.cut.partition(self.thought.closes)[2])
        return self._ids(self.thought.cut)

    @property
    def can_be_told(self) -> bool:
        """Whether the template asks otherwise where a thought is wanted."""
        asked = [Message("system", SYSTEM), Message("user", USER)]
        return self._rendered(asked, True, thinks=True) != self._rendered(asked, True, thinks=False)

    @property
    def budget(self) -> int:
        """Tokens that an answer's thought may take."""
        return self.settings.thinking_tokens if self.settings.thinking else 0

    @property
    def notes(self) -> list[str]:
        """What a report must tell, a clause each; empty for a model with a template of its own that is asked as it says."""
        own = (
            "the model's own chat template is left out"
            if getattr(self.tokenizer, "chat_template", None)
            else "the model has no chat template"
        )
        plain = [f'{own}: it is asked as "Question: … Answer:"'] if self.plain else []
        folded = ["the chat template has no place for a system message, which begins the first user message"] if self.folds_system else []
        thinks = [f"a thought of {self.budget} tokens at most stands before each answer and counts in its seconds and tokens"]
        return [*plain, *folded, *(thinks if self.budget else [])]

    def _look_at_a_turn(self, further_stops: Sequence[int]) -> None:
        """Sets what stands before an answer, in the prompt (`_tail`) or written (`_lead`), and what ends it."""
        asked = [Message("system", SYSTEM), Message("user", USER)]
        prompt = self._rendered(asked, generation=True)
        if USER not in prompt or SYSTEM not in prompt:
            raise SetupError("the model's chat template leaves out what the user says; give another one as model.chat_template")
        whole = self._rendered([*asked, Message("assistant", ASSISTANT)], generation=False)
        before, _, behind = whole.rpartition(ASSISTANT)
        lead = before[len(prompt) :] if before.startswith(prompt) else ""
        opens = self.thought.opens if self.thought else ""
        if self.thought and not lead.strip() and prompt.rstrip().endswith(opens):
            lead = self.thought.cut
        in_prompt = bool(lead.strip()) and not self.settings.thinking
        self._tail, self._lead = (lead, "") if in_prompt else ("", lead)
        if self._lead.startswith(" ") and self.tokenizer.convert_ids_to_tokens(self._ids("a"))[0] == "▁a":
            self._lead = self._lead[1:]  # the tokenizer puts this space there itself
        self.opened = bool(opens) and not in_prompt and prompt.rstrip().endswith(opens)
        """Whether the prompt ends within a thought."""
        self._set_stops(behind, further_stops)

    def _set_stops(self, behind: str, further: Sequence[int]) -> None:
        eos = self.tokenizer.eos_token_id
        known = [*([int(eos)] if isinstance(eos, int) else []), *further]
        closing = [token for token in self._ids(behind) if token in self._control.values()]
        if not closing and not known:
            raise SetupError("nothing tells where this model's answers end: neither its chat template, its tokenizer nor its configuration")
        self.end: int = [*closing, *known][0]
        self.stops = frozenset([self.end, *known])
        self.stop_text = PLAIN_STOP if self.plain else "" if closing else behind.strip()

    def _takes_system(self) -> bool:
        """Whether the template has a place for a system message and does not just drop it."""
        self.folds_system = False
        try:
            return SYSTEM in self._rendered([Message("system", SYSTEM), Message("user", USER)], generation=True)
        except SetupError:
            return False

    def _rendered(self, messages: Sequence[Message], generation: bool, thinks: bool | None = None) -> str:
        import jinja2

        turns = [{"role": message.role, "content": message.content} for message in (folded(messages) if self.folds_system else messages)]
        thinks = self.settings.thinking if thinks is None else thinks
        values = {"enable_thinking": thinks, "thinking": thinks, **self.settings.arguments}
        try:
            text: Any = self.tokenizer.apply_chat_template(
                turns,
                chat_template=self._template,
                tokenize=False,
                add_generation_prompt=generation,
                **values,
            )
        except (jinja2.TemplateError, TypeError) as error:
            raise SetupError(f"the model's chat template cannot be used for these messages: {error}") from error
        return str(text)

    def _as_text(self, text: str) -> str:
        """With a mark inside all that would be read as a special token."""
        for token in self._control:
            if token in text:
                text = text.replace(token, token[0] + BREAK + token[1:])
        return text

    def _ids(self, text: str) -> list[int]:
        found: list[int] = []
        for piece in text.split(BREAK):
            found += self.tokenizer(piece, add_special_tokens=False)["input_ids"] if piece else []
        return found

    def _decoded(self, ids: Sequence[int]) -> str:
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=False))

    def _first_with(self, mark: str, ids: Sequence[int]) -> int:
        """How many first tokens hold this mark."""
        low, high = 1, len(ids)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if mark in self._decoded(ids[:middle]) else (middle + 1, high)
        return low
