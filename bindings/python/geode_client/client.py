"""What users call. Everything that waits is a coroutine."""

import contextlib

from . import background
from .message import field_bytes, field_number
from .options import make
from .pool import Pool
from .wire import BEGIN, CLOSE_STATEMENT, COMMIT, PING, RELEASE, ROLLBACK, ROLLBACK_TO, SAVEPOINT


def merged(parameters, named):
    return {**(parameters or {}), **named}


class Prepared:
    """A statement of one connection that was read once."""

    def __init__(self, wire, number):
        self._wire, self._number = wire, number

    async def execute(self, parameters=None, **named):
        return await background.run(self._wire.execute_prepared(self._number, merged(parameters, named)))

    async def close(self):
        await background.run(self._wire.ask(CLOSE_STATEMENT, field_number(1, self._number)))


class Connection:
    """One session: `async with client.connection() as connection`. What it leaves open is rolled back."""

    def __init__(self, wire):
        self._wire = wire

    async def execute(self, statement, parameters=None, **named):
        """A Result."""
        return await background.run(self._wire.execute(statement, merged(parameters, named)))

    async def query(self, statement, parameters=None, **named):
        """(Result, Summary)."""
        result = await self.execute(statement, parameters, **named)
        return result, result.summary

    async def prepare(self, statement):
        return Prepared(self._wire, await background.run(self._wire.prepare(statement)))

    async def ping(self):
        await self._ask(PING)

    async def begin(self, read_only=False):
        await self._ask(BEGIN, field_number(1, int(read_only)))

    async def commit(self):
        await self._ask(COMMIT)

    async def rollback(self):
        await self._ask(ROLLBACK)

    async def savepoint(self, name):
        await self._ask(SAVEPOINT, field_bytes(1, name.encode()))

    async def rollback_to(self, name):
        await self._ask(ROLLBACK_TO, field_bytes(1, name.encode()))

    async def release(self, name):
        await self._ask(RELEASE, field_bytes(1, name.encode()))

    @contextlib.asynccontextmanager
    async def transaction(self, read_only=False):
        """Commits at the end, or rolls back when the block raises."""
        await self.begin(read_only)
        try:
            yield self
        except BaseException:
            if self._wire.in_transaction and not self._wire.broken:
                await self.rollback()
            raise
        await self.commit()

    async def _ask(self, kind, message=b""):
        await background.run(self._wire.ask(kind, message))


class Client:
    """Connections to one server. `place` is HOST, HOST:PORT or a URL; without it $GEODE_URL, $GEODE_HOST, localhost.

    Options are those of geode_client.Options and the other names of ALIASES; `timeout` is that of connecting and of waiting, in
    seconds. `max_connections` are used at a time, `min_connections` are kept, others are closed after `idle_timeout`.
    """

    def __init__(self, place=None, *, host=None, port=None, **options):
        self.options = make(place if place is not None else host, {"port": port, **options})
        self._pool = Pool(self.options)

    async def execute(self, statement, parameters=None, **named):
        """A Result. It is tried again where it cannot have been done: so each statement is a transaction of its own."""
        given = merged(parameters, named)
        return await background.run(self._pool.run(lambda wire: wire.execute(statement, given)))

    async def query(self, statement, parameters=None, **named):
        """(Result, Summary)."""
        result = await self.execute(statement, parameters, **named)
        return result, result.summary

    async def ping(self):
        await background.run(self._pool.run(lambda wire: wire.ask(PING, b"")))

    @contextlib.asynccontextmanager
    async def connection(self):
        wire = await background.run(self._pool.acquire())
        try:
            yield Connection(wire)
        finally:
            await background.run(self._pool.release(wire))

    async def connect(self):
        """Finds out at once whether the server is there and lets the user in."""
        await self.ping()

    async def close(self):
        await background.run(self._pool.close())

    async def __aenter__(self):
        await self.connect()
        return self

    async def __aexit__(self, *error):
        await self.close()


def open_database(url, **options):
    """The same for a URL."""
    return Client(url, **options)
