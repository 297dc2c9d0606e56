"""One event to every open page: server-sent events with bounded queues.

An event is a dict with a `type`. The last `state` event is kept, so that a page that connects later
learns how things stand. A reader that does not keep up loses progress events, never the connection.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

Event = dict[str, Any]
QUEUE_LENGTH = 64
HEARTBEAT_SECONDS = 15.0


class Broadcast:
    """Where the service's parts publish and pages subscribe."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Event]] = set()
        self._last: dict[str, Event] = {}
        self.closed = False

    def publish(self, event: Event) -> None:
        """Give the event to every page. Call from the event loop."""
        self._last[str(event.get("lecture", ""))] = event
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

    async def stream(self) -> AsyncIterator[str]:
        """Server-sent events for one page, until it leaves."""
        queue: asyncio.Queue[Event] = asyncio.Queue(QUEUE_LENGTH)
        for event in self._last.values():
            queue.put_nowait(event)
        self._queues.add(queue)
        try:
            yield "retry: 1000\n\n"
            while not self.closed:
                try:
                    event = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                yield f"data: {json.dumps(event)}\n\n"
        finally:
            self._queues.discard(queue)

    def close(self) -> None:
        """End every stream."""
        self.closed = True
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait({"type": "closed"})
