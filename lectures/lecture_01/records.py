"""The two kinds of data that alignment trains on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """One message of a conversation."""

    role: str
    content: str


@dataclass(frozen=True)
class ChatExample:
    """For supervised fine-tuning: the model learns to write the last turn."""

    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class PreferencePair:
    """For learning from preferences: of two answers, the one that somebody liked better."""

    prompt: str
    chosen: str
    rejected: str
