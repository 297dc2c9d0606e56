"""Blocks of earlier prompts, found again by what stands in them and before them."""

from collections import OrderedDict

from lectures.lecture_10.serving.paging import BlockPool, Table

Key = int


class PrefixCache:
    """Full blocks of prompts, the least recently used given up first when room is needed.

    A block's key is the hash of its tokens and of the key before it, so equal keys mean equal
    beginnings, as the branches of a tree do (Zheng et al. 2024, 2312.07104).
    """

    def __init__(self, pool: BlockPool) -> None:
        self.pool = pool
        self._blocks: OrderedDict[Key, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._blocks)

    def keys(self, prompt: tuple[int, ...]) -> list[Key]:
        """One key for each block that is full and leaves a token of the prompt to be read."""
        size, found, before = self.pool.size, [], 0
        for start in range(0, (len(prompt) - 1) // size * size, size):
            before = hash((before, prompt[start : start + size]))
            found.append(before)
        return found

    def find(self, prompt: tuple[int, ...]) -> Table:
        """A table that holds the longest beginning of the prompt that is known."""
        table = Table(self.pool)
        for key in self.keys(prompt):  # @inspect key
            if key not in self._blocks:
                break
            self.pool.share(self._blocks[key])
            table.blocks.append(self._blocks[key])  # @inspect table.blocks
        table.tokens = len(table.blocks) * self.pool.size  # @inspect table.tokens
        for key in reversed(self.keys(prompt)[: len(table.blocks)]):
            self._blocks.move_to_end(key)  # a beginning is used last, so ends are given up first
        return table

    def keep(self, prompt: tuple[int, ...], table: Table) -> None:
        """Hold the full blocks of a prompt that was read."""
        for key, block in reversed([*zip(self.keys(prompt), table.blocks, strict=False)]):
            if key not in self._blocks:
                self.pool.share(block)
                self._blocks[key] = block
            self._blocks.move_to_end(key)

    def make_room(self, blocks: int) -> bool:
        """Give up blocks that nobody else holds until so many are free."""
        for key in [*self._blocks]:
            if self.pool.free >= blocks:
                break
            if self.pool.holders[self._blocks[key]] == 1:
                self.pool.drop(self._blocks.pop(key))
        return self.pool.free >= blocks
