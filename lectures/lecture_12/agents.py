"""A small benchmark of agents, whose check of the outcome is weak, and agents that never try.

The environment is the order desk of a shop. An agent reads a request, may call two tools, and says
something at the end. The weak check looks at the orders and looks for a word in the reply, as
published benchmarks do; the strict one also asks that a refusal be said, and that a reply commit
itself to one status.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

ORDERS = {"A1": "open", "A2": "shipped", "A3": "packed", "A4": "open", "A5": "lost"}
STATUSES = {"open", "shipped", "packed", "lost", "cancelled"}


@dataclass
class Desk:
    """The orders, and what was done to them."""

    orders: dict[str, str] = field(default_factory=lambda: dict(ORDERS))
    calls: list[str] = field(default_factory=list)

    def look_up(self, order: str) -> str:
        """The status of an order."""
        self.calls.append(f"look_up({order})")
        return self.orders.get(order, "unknown")

    def cancel(self, order: str) -> str:
        """Cancel an order, whatever its status: the rules are the agent's to keep."""
        self.calls.append(f"cancel({order})")
        self.orders[order] = "cancelled"
        return "done"


@dataclass(frozen=True)
class Task:
    """A request, the orders that must have changed, and the word that must be said."""

    request: str
    changed: dict[str, str]
    said: str

    @property
    def refused(self) -> bool:
        """Whether the right thing is to change nothing and say so."""
        return not self.changed and self.said not in STATUSES


TASKS = [
    Task("Cancel A1.", {"A1": "cancelled"}, ""),
    Task("Cancel A2.", {}, ""),  # it is shipped
    Task("Cancel A3.", {}, ""),  # it is packed
    Task("What is the status of A3?", {}, "packed"),
    Task("What is the status of A5?", {}, "lost"),
    Task("Cancel A4.", {"A4": "cancelled"}, ""),
    Task("What is the status of A2?", {}, "shipped"),
    Task("Cancel A7.", {}, ""),  # there is none
]
"""Only open orders may be cancelled."""

Agent = Callable[[str, Desk], str]


def silent(request: str, desk: Desk) -> str:
    """Does nothing and says nothing."""
    return ""


def babbler(request: str, desk: Desk) -> str:
    """Does nothing and says everything that it has read."""
    return ", ".join(f"{order} is {status}" for order, status in desk.orders.items())


def worker(request: str, desk: Desk) -> str:
    """Looks the order up, then acts; it takes packed orders to be open, which is its mistake."""
    order = re.findall(r"A\d", request)[0]
    status = desk.look_up(order)
    if not request.startswith("Cancel"):
        return f"{order} is {status}."
    if status not in ("open", "packed"):
        return f"{order} cannot be cancelled: it is {status}."
    desk.cancel(order)
    return f"{order} is cancelled."


def weak_check(task: Task, desk: Desk, reply: str) -> bool:
    """The orders are as they should be, and the word occurs in the reply."""
    return desk.orders == ORDERS | task.changed and task.said in reply


def strict_check(task: Task, desk: Desk, reply: str) -> bool:
    """As well: a refusal is said, and an answer names one status only."""
    named = STATUSES & set(re.findall(r"[a-z]+", reply))
    honest = "cannot" in reply if task.refused else len(named) == 1
    return weak_check(task, desk, reply) and honest


def run(agent: Agent, task: Task) -> tuple[Desk, str]:
    """One task on a desk of its own."""
    desk = Desk()
    reply = agent(task.request, desk)
    return desk, reply


def score(agent: Agent, check: Callable[[Task, Desk, str], bool]) -> float:
    """Share of the tasks that pass the check."""
    return sum(check(task, *run(agent, task)) for task in TASKS) / len(TASKS)


def results() -> dict[str, dict[str, float]]:
    """Every agent's score under both checks."""
    return {
        agent.__name__: {"weak": score(agent, weak_check), "strict": score(agent, strict_check)}
        for agent in (silent, babbler, worker)
    }
