"""One connection: requests one after the other, and what answers them. It runs in the loop of background.py."""

import asyncio
import ssl
import struct

from . import values
from .errors import ConnectionError, GeodeError, of_status
from .message import field_bytes, field_number, fields_of
from .result import Result, Summary

# Fields of ClientMessage and of ServerMessage.
HELLO, EXECUTE, PING, BEGIN, COMMIT, ROLLBACK, SAVEPOINT, ROLLBACK_TO, RELEASE, PREPARE, EXECUTE_PREPARED, CLOSE_STATEMENT = \
    2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14
STATUS, HELLO_ANSWER, SCHEMA, PAGE, PREPARED = 2, 3, 4, 5, 6
COUNTERS = ("nodes_created", "nodes_deleted", "edges_created", "edges_deleted", "labels_added", "labels_removed", "properties_set",
            "properties_removed", "indexes_added", "indexes_removed", "constraints_added", "constraints_removed")
LARGEST = 1 << 31  # of a message that is believed


class NotSent(ConnectionError):
    """Nothing of the request left this side."""


def parameters_field(number, parameters):
    return b"".join(field_bytes(number, field_bytes(1, name.encode()) + field_bytes(2, values.encode(value)))
                    for name, value in parameters.items())


class Wire:
    def __init__(self, options, reader, writer):
        self.options, self.reader, self.writer = options, reader, writer
        self.requests = 0
        self.broken = False
        self.in_transaction = False

    @classmethod
    async def open(cls, options):
        place = options.unix_path or "%s:%d" % (options.host, options.port)
        try:
            async with asyncio.timeout(options.connect_timeout):
                if options.unix_path:
                    reader, writer = await asyncio.open_unix_connection(options.unix_path)
                else:
                    reader, writer = await asyncio.open_connection(
                        options.host, options.port, ssl=options.tls(), server_hostname=options.server_name or options.host)
                wire = cls(options, reader, writer)
                try:
                    hello = (field_bytes(1, options.username.encode()) if options.username else b"") \
                        + (field_bytes(2, options.password.encode()) if options.password else b"") \
                        + field_bytes(3, options.client_name.encode()) + field_bytes(4, options.client_version.encode()) \
                        + (field_bytes(5, options.graph.encode()) if options.graph else b"") + field_number(6, int(options.read_only))
                    await wire.ask(HELLO, hello)
                except BaseException:
                    wire.abort()
                    raise
                return wire
        except ssl.SSLCertVerificationError as error:
            raise ConnectionError("08X01", "%s is not trusted: %s" % (place, error.verify_message),
                                  "tls_ca=FILE names the certificates that are; a server's own is tls/development-certificate.pem in its "
                                  "data directory") from error
        except TimeoutError as error:
            raise NotSent("08X01", "%s does not answer within %s s" % (place, options.connect_timeout), retryable=True) from error
        except OSError as error:
            raise NotSent("08X01", "%s cannot be reached: %s" % (place, error), retryable=True) from error

    def abort(self):
        self.broken = True
        self.writer.transport.abort()

    async def close(self):
        self.broken = True
        self.writer.close()
        try:
            await asyncio.wait_for(self.writer.wait_closed(), 2)
        except (OSError, TimeoutError):
            pass

    async def receive(self):
        async with asyncio.timeout(self.options.request_timeout):
            (length,) = struct.unpack(">I", await self.reader.readexactly(4))
            if length > LARGEST:
                raise ValueError("a message of %d bytes" % length)
            return await self.reader.readexactly(length)

    async def ask(self, kind, message):
        """Answer by answer of a request: (columns, rows, Summary, number of a prepared statement). Raises GeodeError."""
        if self.broken or self.writer.is_closing():
            raise NotSent("08000", "the connection is closed", retryable=True)
        self.requests += 1
        data = field_number(1, self.requests) + field_bytes(kind, message)
        columns, rows, plan, prepared = [], [], "", 0
        try:
            self.writer.write(struct.pack(">I", len(data)) + data)
            await self.writer.drain()
            while True:
                status = None
                request = 0
                for field, value in fields_of(await self.receive()):
                    if field == 1:
                        request = value
                    elif field == STATUS:
                        status = value
                    elif field == SCHEMA:
                        for inner, text in fields_of(value):
                            if inner == 2:
                                columns.append(text.decode())
                            elif inner == 3:
                                plan = text.decode()
                    elif field == PAGE:
                        for row in values.many(value, 1):
                            rows.append(dict(zip(columns, map(values.decode, values.many(row, 1)))))
                    elif field == PREPARED:
                        prepared = values.parts(value).get(1, 0)
                if status is not None and request in (0, self.requests):
                    summary = self.summary(status, plan)
                    if request == 0:
                        self.abort()
                    return columns, rows, summary, prepared
        except TimeoutError as error:
            self.abort()
            raise ConnectionError("08000", "no answer within %s s; whether it was done is not known" % self.options.request_timeout) from error
        except (OSError, EOFError) as error:
            self.abort()
            raise ConnectionError("08000", "the connection was lost; whether it was done is not known") from error
        except GeodeError:
            raise
        except BaseException:  # a cancelled request leaves its answer in the way of the next
            self.abort()
            raise

    def summary(self, data, plan):
        """Raises the error that a status is."""
        found, notices, counters, place = {}, [], {}, {}
        for field, value in fields_of(data):
            if field == 10:
                notice = values.parts(value)
                notices.append((notice.get(1, b"").decode(), notice.get(2, b"").decode()))
            elif field == 11:
                counters = {COUNTERS[number - 1]: count for number, count in fields_of(value) if number <= len(COUNTERS)}
            elif field == 3:
                place = values.parts(value)
            else:
                found[field] = value
        self.in_transaction = found.get(14, 0) != 0
        code = found.get(1, b"").decode()
        if code[:2] not in ("00", "01", "02"):
            raise of_status(code, found.get(2, b"").decode(), found.get(4, b"").decode(), place.get(2, 0), place.get(3, 0), bool(found.get(9)))
        return Summary(code, found.get(13, 0), found.get(12, 0) / 1e9, counters, notices, plan)

    def run_options(self):
        return field_bytes(3, field_number(1, self.options.page_size)) if self.options.page_size else b""

    async def execute(self, statement, parameters):
        message = field_bytes(1, statement.encode()) + parameters_field(2, parameters) + self.run_options()
        columns, rows, summary, _ = await self.ask(EXECUTE, message)
        return Result(columns, rows, summary)

    async def prepare(self, statement):
        return (await self.ask(PREPARE, field_bytes(1, statement.encode())))[3]

    async def execute_prepared(self, prepared, parameters):
        message = field_number(1, prepared) + parameters_field(2, parameters) + self.run_options()
        columns, rows, summary, _ = await self.ask(EXECUTE_PREPARED, message)
        return Result(columns, rows, summary)
