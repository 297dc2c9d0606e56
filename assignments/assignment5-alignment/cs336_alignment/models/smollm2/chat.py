"""SmolLM2's chat format (ChatML) in token ids, and its tokenizer as others ask for it.

    <|im_start|>system
    You are ...<|im_end|>
    <|im_start|>user
    What is 2 + 2?<|im_end|>
    <|im_start|>assistant

Control tokens are put in by id. What people write is encoded as ordinary text, so that a message
that contains "<|im_end|>" does not end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from cs336_basics.tokenizer import Tokenizer

from cs336_alignment.tokenizing import check_bos

DEFAULT_SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


@dataclass(frozen=True, slots=True)
class Message:
    """A turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatTokenizer:
    """Text and conversations to ids and back.

    `encode` knows the control tokens by their texts, as the model's own tokenizer does; use it for
    text that you wrote. `bos_token_id`, `eos_token_id` and `pad_token_id` are the file's; BOS is
    `<|im_start|>`, which every conversation begins with already.
    """

    def __init__(
        self, with_control: Tokenizer, ordinary: Tokenizer, *, bos_id: int, eos_id: int, pad_id: int
    ) -> None:
        self._with_control = with_control
        self._ordinary = ordinary
        self.bos_token_id = bos_id
        self.eos_token_id = eos_id
        self.pad_token_id = pad_id
        self.add_bos_token = False
        self.vocab_size = len(with_control.vocab)

    def encode(self, text: str) -> list[int]:
        """The ids of `text`, in which control tokens may be written out; none is added."""
        return self._with_control.encode(text)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`, control tokens written out."""
        return self._with_control.decode(ids)

    def encode_with_bos(self, text: str) -> list[int]:
        """BOS and `text`; DoubleBosError if the text brings its own."""
        ids = [self.bos_token_id, *self.encode(text)]
        check_bos(ids, self, repr(text[:40]))
        return ids

    def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """A conversation up to where the assistant is to speak.

        Without a system message first the model's own is put there, as in its training.
        """
        if not messages:
            raise ValueError("a conversation needs a message")
        if messages[0].role != "system":
            messages = [Message("system", DEFAULT_SYSTEM), *messages]
        ids: list[int] = []
        for message in messages:
            ids += self._opening(message.role, message.content)
            ids += [self.eos_token_id, *self._ordinary.encode("\n")]
        return ids + self._opening("assistant", "")

    def question_ids(self, question: str) -> list[int]:
        """The prompt of a single question."""
        return self.prompt_ids([Message("user", question)])

    def answer_ids(self, answer: str) -> list[int]:
        """An answer with the token that ends it."""
        return [*self._ordinary.encode(answer), self.eos_token_id]

    def decode_answer(self, ids: Iterable[int]) -> str:
        """The text of sampled ids up to the first end."""
        kept = []
        for token in ids:
            if token == self.eos_token_id:
                break
            kept.append(token)
        return self._ordinary.decode(kept)

    def _opening(self, role: str, content: str) -> list[int]:
        return [self.bos_token_id, *self._ordinary.encode(f"{role}\n{content}")]
