"""One GPU that answers requests: in each iteration, one pass over the tokens that are due."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import quantiles

from lectures.lecture_10.serving.arrivals import Request
from lectures.lecture_10.serving.memory import Memory

SAMPLE_EVERY = 8  # iterations
Cost = Callable[[int, int], float]  # new tokens, tokens read from caches -> seconds


@dataclass(frozen=True)
class Policy:
    """Who is let in when, and how much of the prompts is read in one pass.

    Attributes:
        continuous: let in at every iteration; otherwise only when the whole batch has ended.
        most: sequences at a time.
        chunk: tokens of prompts that a pass reads at most.
    """

    continuous: bool = True
    most: int = 256
    chunk: int = 8192


@dataclass
class Job:
    """A request that is being answered: tokens in the cache, and of the answer."""

    request: Request
    cached: int = 0
    made: int = 0
    last: float = 0.0

    @property
    def left(self) -> int:
        """Tokens to be fed until the next one is made: 1 in the middle of an answer."""
        return len(self.request.prompt) + self.made - self.cached

    @property
    def ended(self) -> bool:
        """Whether the answer is complete."""
        return self.made == self.request.answer


@dataclass
class Log:
    """What happened: seconds to the first token and to the end, gaps between tokens, and samples.

    A sample is (time, sequences that work, tokens stored, tokens held).
    """

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    samples: list[tuple[float, int, int, int]] = field(default_factory=list)
    tokens: int = 0
    read: int = 0
    reused: int = 0
    preempted: int = 0
    seconds: float = 0.0

    @property
    def throughput(self) -> float:
        """Tokens of answers a second, over the whole run."""
        return self.tokens / self.seconds

    @property
    def use(self) -> float:
        """Tokens stored over tokens for which memory was held, mean over the run."""
        held = sum(sample[3] for sample in self.samples)
        return sum(sample[2] for sample in self.samples) / held

    @property
    def working(self) -> float:
        """Sequences that work in an iteration, on average."""
        return sum(sample[1] for sample in self.samples) / len(self.samples)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of all do not exceed."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


class Server:
    """Simulated time goes on by the cost of each pass, and jumps when nobody waits."""

    def __init__(self, memory: Memory, policy: Policy, cost: Cost) -> None:
        self.memory, self.policy, self.cost = memory, policy, cost
        self.now, self.log = 0.0, Log()
        self.waiting: deque[Job] = deque()
        self.running: list[Job] = []
        self._iterations = 0

    def serve(self, requests: Sequence[Request]) -> Log:
        """Answer all requests, which come in the order of their arrival."""
        coming = deque(requests)
        while coming or self.waiting or self.running:
            if not self.waiting and not self.running:
                self.now = max(self.now, coming[0].arrival)
            while coming and coming[0].arrival <= self.now:
                self.waiting.append(Job(coming.popleft()))
            self._let_in()
            self._iterate()
        self.log.seconds = self.now - requests[0].arrival
        return self.log

    def _let_in(self) -> None:
        if self.running and not self.policy.continuous:
            return
        while self.waiting and len(self.running) < self.policy.most:
            job = self.waiting[0]
            cached = self.memory.admit(job.request)
            if cached is None:
                break
            job.cached = cached
            self.log.reused += cached
            self.running.append(self.waiting.popleft())
        if not self.running:
            raise ValueError(f"request {self.waiting[0].request.name} does not fit at all")

    def _iterate(self) -> None:
        """One pass, and what follows from it."""
        due = self._due()
        working = sum(1 for tokens in due.values() if tokens)
        new = sum(due.values())
        cached = sum(job.cached for job in self.running if due[job.request.name])
        self.now += self.cost(new, cached)
        for job in list(self.running):
            tokens = due[job.request.name]
            if tokens and job in self.running:
                self._advance(job, tokens)
        self._iterations += 1
        if self._iterations % SAMPLE_EVERY == 1:
            self.log.samples.append((self.now, working, self.memory.stored, self.memory.held))
        self._clear_out()

    def _due(self) -> dict[int, int]:
        """Tokens of each job in this pass: one of an answer, or as many of prompts as allowed."""
        room, due = self.policy.chunk, {}
        for job in self.running:
            if job.ended:
                due[job.request.name] = 0  # a static batch keeps the place
            elif job.left == 1:
                due[job.request.name] = 1
            else:
                due[job.request.name] = min(job.left, room)
                room -= due[job.request.name]
                self.log.read += due[job.request.name]
        return due

    def _advance(self, job: Job, tokens: int) -> None:
        makes_one = tokens == job.left
        while not self.memory.grow(job.request.name, tokens):
            if len(self.running) == 1:
                raise ValueError(f"request {job.request.name} does not fit in an empty memory")
            last = self.running[-1]
            self._preempt(last)
            if last is job:
                return
        job.cached += tokens
        if not makes_one:
            return
        if job.made == 0:
            self.memory.read(job.request)
            self.log.first.append(self.now - job.request.arrival)
        else:
            self.log.gaps.append(self.now - job.last)
        job.made, job.last = job.made + 1, self.now
        self.log.tokens += 1
        if job.ended:
            self.log.whole.append(self.now - job.request.arrival)

    def _preempt(self, job: Job) -> None:
        """Take a job's memory; it waits in front and reads again what it had, its answer too."""
        self.memory.free(job.request.name)
        self.running.remove(job)
        job.cached = 0
        self.waiting.appendleft(job)
        self.log.preempted += 1

    def _clear_out(self) -> None:
        if self.policy.continuous:
            ended = [job for job in self.running if job.ended]
        else:
            ended = list(self.running) if all(job.ended for job in self.running) else []
        for job in ended:
            self.memory.free(job.request.name)
            self.running.remove(job)
