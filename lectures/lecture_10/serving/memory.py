"""Three ways to give memory to the sequences that are being answered.

All count in tokens. `admit` answers how many tokens of the prompt are in the cache already, or
None if there is no room now; `grow` adds tokens, and False means that there is no room for them.
"""

from typing import Protocol

from lectures.lecture_10.serving.arrivals import Request
from lectures.lecture_10.serving.paging import BlockPool, Table
from lectures.lecture_10.serving.prefix import PrefixCache


class Memory(Protocol):
    """What the server asks for."""

    def admit(self, request: Request) -> int | None:
        """Begin to hold memory for a request."""

    def grow(self, name: int, tokens: int) -> bool:
        """Store so many tokens more."""

    def free(self, name: int) -> None:
        """Give back all that is held for a request."""

    def read(self, request: Request) -> None:
        """The whole prompt has been read."""

    @property
    def held(self) -> int:
        """Tokens for which memory is held by requests."""

    @property
    def stored(self) -> int:
        """Tokens that are in it, shared ones once for each request."""


class Reserved:
    """A stretch for the longest possible sequence each, before its first token."""

    def __init__(self, capacity: int, longest: int = 4096) -> None:
        self.capacity, self.longest = capacity, longest
        self._stored: dict[int, int] = {}

    def admit(self, request: Request) -> int | None:
        """No beginnings are shared."""
        if (len(self._stored) + 1) * self.longest > self.capacity:
            return None
        self._stored[request.name] = 0
        return 0

    def grow(self, name: int, tokens: int) -> bool:
        """There is always room."""
        self._stored[name] += tokens
        assert self._stored[name] <= self.longest
        return True

    def free(self, name: int) -> None:
        """Give the stretch back."""
        del self._stored[name]

    def read(self, request: Request) -> None:
        """Nothing is kept."""

    @property
    def held(self) -> int:
        """All stretches."""
        return len(self._stored) * self.longest

    @property
    def stored(self) -> int:
        """Tokens in them."""
        return sum(self._stored.values())


class Paged:
    """Blocks when they are needed; with `share`, blocks of known beginnings are used again."""

    def __init__(self, capacity: int, size: int = 16, *, share: bool = False) -> None:
        self.pool = BlockPool(capacity // size, size)
        self.prefixes = PrefixCache(self.pool) if share else None
        self.tables: dict[int, Table] = {}
        self._promised: dict[int, int] = {}

    def admit(self, request: Request) -> int | None:
        """There has to be room for the whole prompt, beside the prompts let in before."""
        table = Table(self.pool) if self.prefixes is None else self.prefixes.find(request.prompt)
        blocks = self._blocks(len(request.prompt) + 1)
        promised = sum(
            max(0, self._promised[name] - len(other.blocks)) for name, other in self.tables.items()
        )
        if not self._room(promised + blocks - len(table.blocks)):
            table.release()
            return None
        self.tables[request.name], self._promised[request.name] = table, blocks
        return table.tokens

    def grow(self, name: int, tokens: int) -> bool:
        """All blocks that it takes, or none."""
        table = self.tables[name]
        if not self._room(self._blocks(table.tokens + tokens) - len(table.blocks)):
            return False
        table.append(tokens)
        return True

    def _blocks(self, tokens: int) -> int:
        return -(-tokens // self.pool.size)

    def _room(self, blocks: int) -> bool:
        if self.pool.free < blocks and self.prefixes is not None:
            self.prefixes.make_room(blocks)
        return self.pool.free >= blocks

    def free(self, name: int) -> None:
        """Drop the table's blocks."""
        self.tables.pop(name).release()

    def read(self, request: Request) -> None:
        """Remember the prompt's full blocks."""
        if self.prefixes is not None:
            self.prefixes.keep(request.prompt, self.tables[request.name])

    @property
    def held(self) -> int:
        """Tokens of room in the blocks of all tables, a shared block once."""
        blocks = {block for table in self.tables.values() for block in table.blocks}
        return len(blocks) * self.pool.size

    @property
    def stored(self) -> int:
        """Tokens of all tables."""
        return sum(table.tokens for table in self.tables.values())
