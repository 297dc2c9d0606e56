"""Stories from a probabilistic grammar whose entropy is known exactly."""

from cs336_basics.stories.sampling import (
    END_OF_TEXT,
    SEPARATOR,
    StoryFile,
    load_grammar,
    sample_block,
    stories,
    write_stories,
)

__all__ = [
    "END_OF_TEXT",
    "SEPARATOR",
    "StoryFile",
    "load_grammar",
    "sample_block",
    "stories",
    "write_stories",
]
