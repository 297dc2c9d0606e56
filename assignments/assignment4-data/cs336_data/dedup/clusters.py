"""From bands to clusters: candidates of locality-sensitive hashing, verified one by one.

Documents in one bucket of a band are candidates, no more: unverified, an eighth of such pairs is
wrong (`bench/bench_minhash.py`), and since clusters join whatever is connected, a few wrong pairs
can glue a whole corpus together (97 % of Gutenberg in one published run). So a pair becomes an edge
only if the true Jaccard similarity says so.

Memory: one band at a time, 16 bytes a document, and the edges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MAX_LEADERS = 32  # of a bucket: documents that later ones of the bucket are compared with
Verify = Callable[[int, int], float]  # (one, another) -> Jaccard similarity


@dataclass
class Clusters:
    """A union-find structure over documents 0 to size - 1, and what it took to build it."""

    size: int
    candidates: int = 0  # pairs that shared a bucket and were not joined already
    edges: list[tuple[int, int, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._parent = np.arange(self.size, dtype=np.int64)

    def find(self, document: int) -> int:
        """The smallest document of its cluster."""
        parent = self._parent
        root = document
        while parent[root] != root:
            root = int(parent[root])
        while parent[document] != root:
            parent[document], document = root, int(parent[document])
        return root

    def join(self, one: int, another: int, similarity: float) -> None:
        """Put two documents into one cluster, because they are this similar."""
        a, b = self.find(one), self.find(another)
        self._parent[max(a, b)] = min(a, b)
        self.edges.append((one, another, similarity))

    def groups(self) -> dict[int, list[int]]:
        """Clusters of two and more: smallest document -> all, in order."""
        members: dict[int, list[int]] = {}
        for document in np.flatnonzero(self._parent != np.arange(self.size)):
            members.setdefault(self.find(int(document)), []).append(int(document))
        return {root: [root, *sorted(rest)] for root, rest in sorted(members.items())}


def cluster(
    size: int, bands: Iterable[NDArray[np.uint64]], verify: Verify, threshold: float
) -> Clusters:
    """Clusters of documents that are connected by pairs with Jaccard similarity >= `threshold`.

    `bands` yields for one band after the other the (size,) keys of all documents.
    """
    clusters = Clusters(size)
    for keys in bands:
        for bucket in buckets(keys):
            _join_bucket(bucket, clusters, verify, threshold)
    return clusters


def buckets(keys: NDArray[np.uint64]) -> Iterator[NDArray[np.int64]]:
    """Documents with equal keys, two and more, each in increasing order."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    ends = np.append(starts[1:], len(ordered))
    large = ends - starts > 1
    for start, end in zip(starts[large], ends[large], strict=True):
        yield order[start:end]


def _join_bucket(
    bucket: NDArray[np.int64], clusters: Clusters, verify: Verify, threshold: float
) -> None:
    """Compare each document with the leaders before it; one that fits none becomes a leader.

    So a bucket of n copies costs n comparisons, not n squared.
    """
    leaders: list[int] = []
    for document in map(int, bucket):
        for leader in leaders:
            if clusters.find(leader) == clusters.find(document):
                break
            clusters.candidates += 1
            similarity = verify(leader, document)
            if similarity >= threshold:
                clusters.join(leader, document, similarity)
                break
        else:
            if len(leaders) < MAX_LEADERS:
                leaders.append(document)
