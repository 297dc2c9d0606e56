"""Blocks of cache that sequences hold by number, and may hold together.

As an operating system's pages: a sequence has a table of blocks, which lie anywhere; a block is
free when nobody holds it; and one that several hold is copied before it is written (Kwon et al.
2023, 2309.06180).
"""

from dataclasses import dataclass, field


class OutOfBlocksError(Exception):
    """No block is free."""


class BlockPool:
    """`count` blocks of `size` tokens each, with the number of holders of each."""

    def __init__(self, count: int, size: int = 16) -> None:
        self.size = size
        self.holders = [0] * count
        self._free = list(range(count - 1, -1, -1))

    @property
    def free(self) -> int:
        """Blocks that nobody holds."""
        return len(self._free)

    def take(self) -> int:
        """A free block, held once from now on."""
        if not self._free:
            raise OutOfBlocksError(f"all {len(self.holders)} blocks are held")
        block = self._free.pop()
        self.holders[block] = 1
        return block

    def share(self, block: int) -> None:
        """One holder more."""
        assert self.holders[block] > 0
        self.holders[block] += 1

    def drop(self, block: int) -> None:
        """One holder less; the last one frees it."""
        assert self.holders[block] > 0
        self.holders[block] -= 1
        if self.holders[block] == 0:
            self._free.append(block)


@dataclass
class Table:
    """Where a sequence's tokens lie: block i holds tokens i * size to (i + 1) * size - 1."""

    pool: BlockPool
    blocks: list[int] = field(default_factory=list)
    tokens: int = 0

    def append(self, count: int = 1) -> None:
        """Make room for `count` tokens more; OutOfBlocksError leaves what was made so far."""
        for _ in range(count):
            if self.tokens == len(self.blocks) * self.pool.size:
                self.blocks.append(self.pool.take())  # @inspect self.blocks
            elif self.pool.holders[self.blocks[-1]] > 1:  # copy before writing
                copied = self.pool.take()  # @inspect copied
                self.pool.drop(self.blocks[-1])  # @inspect self.pool.holders
                self.blocks[-1] = copied  # @inspect self.blocks
            self.tokens += 1  # @inspect self.tokens

    def fork(self) -> "Table":
        """Another sequence with the same tokens so far, which takes no memory yet."""
        for block in self.blocks:
            self.pool.share(block)
        return Table(self.pool, list(self.blocks), self.tokens)

    def release(self) -> None:
        """Give everything back."""
        for block in self.blocks:
            self.pool.drop(block)
        self.blocks, self.tokens = [], 0
