"""Connections that are used in turn. All of it runs in the loop of background.py."""

import asyncio
import collections
import random
import time

from .errors import ConnectionError, GeodeError
from .wire import PING, ROLLBACK, NotSent, Wire


class Pool:
    def __init__(self, options):
        self.options = options
        self.idle = collections.deque()  # (when it came back, wire); the latest is used first
        self.taken = 0
        self.freed = asyncio.Condition()
        self.keeper = None
        self.closed = False

    async def acquire(self):
        if self.closed:
            raise ConnectionError("08000", "the client is closed")
        if self.keeper is None:
            self.keeper = asyncio.create_task(self.keep())
        async with self.freed:
            try:
                async with asyncio.timeout(self.options.acquire_timeout):
                    await self.freed.wait_for(lambda: self.taken < self.options.max_connections)
            except TimeoutError as error:
                raise ConnectionError("08X02", "all %d connections are taken" % self.options.max_connections,
                                      "max_connections may be more, or something keeps them", retryable=True) from error
            self.taken += 1
        try:
            while self.idle:
                _, wire = self.idle.pop()
                if not wire.broken and not wire.reader.at_eof():
                    return wire
                wire.abort()
            return await Wire.open(self.options)
        except BaseException:
            await self.give_up()
            raise

    async def give_up(self):
        async with self.freed:
            self.taken -= 1
            self.freed.notify()

    async def release(self, wire):
        try:
            if wire.in_transaction and not wire.broken:
                await wire.ask(ROLLBACK, b"")
        except GeodeError:
            wire.abort()
        finally:
            if not wire.broken and not self.closed:
                self.idle.append((time.monotonic(), wire))
            else:
                wire.abort()
            await self.give_up()

    async def run(self, work):
        """work(wire), again where nothing can have been done by it, or the error may pass."""
        pause = self.options.backoff
        for left in range(self.options.retries, -1, -1):
            try:
                wire = await self.acquire()
                try:
                    return await work(wire)
                finally:
                    await asyncio.shield(self.release(wire))
            except GeodeError as error:
                if left == 0 or not (isinstance(error, NotSent) or error.retryable and error.gqlstatus != "08X02"):
                    raise
                await asyncio.sleep(pause * (1 - random.random() / 2))
                pause = min(pause * 2, 5.0)

    async def keep(self):
        """Asks idle connections whether they answer, closes who was idle for too long, and keeps as many as are to be there."""
        while not self.closed:
            await asyncio.sleep(self.options.ping_interval)
            now, waiting = time.monotonic(), list(self.idle)
            self.idle.clear()
            for since, wire in waiting:
                if now - since > self.options.idle_timeout and len(self.idle) + self.taken >= self.options.min_connections:
                    await wire.close()
                    continue
                try:
                    await wire.ask(PING, b"")
                    self.idle.appendleft((since, wire))
                except GeodeError:
                    wire.abort()
            try:
                while len(self.idle) + self.taken < self.options.min_connections:
                    self.idle.appendleft((time.monotonic(), await Wire.open(self.options)))
            except GeodeError:
                pass  # whoever wants one is told

    async def close(self):
        self.closed = True
        if self.keeper:
            self.keeper.cancel()
        while self.idle:
            await self.idle.pop()[1].close()
