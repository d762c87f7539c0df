"""A client of geode-server/protocol/geode.proto that shares no code with Geode, and the server that tests start.

Messages are dictionaries of field numbers: what is sent, {field: value}; what comes, {field: [values]}, with whole numbers
for numbers and bytes for all else.
"""

import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import time

GEODE = os.path.abspath(os.environ.get("GEODE", shutil.which("geode") or "geode"))

# A build with sanitizers is many times slower, and keeps memory that was freed.
SANITIZED = "asan" in os.popen("ldd " + GEODE).read()

# Fields of ClientMessage and ServerMessage.
HELLO, EXECUTE, PING, BEGIN, COMMIT, ROLLBACK, PULL, SAVEPOINT, ROLLBACK_TO = 2, 3, 4, 5, 6, 7, 8, 9, 10
PREPARE, EXECUTE_PREPARED, CANCEL = 12, 13, 15
STATUS, SCHEMA, PAGE, PREPARED = 2, 4, 5, 6


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def encode(fields):
    out = b""
    for number, value in fields.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, int):
                out += varint(number << 3) + varint(each)
                continue
            data = encode(each) if isinstance(each, dict) else each.encode() if isinstance(each, str) else each
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def read_varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def decode(data):
    fields, at = {}, 0
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag & 7 == 0:
            value, at = read_varint(data, at)
        else:
            length = {1: 8, 5: 4}.get(tag & 7)
            if length is None:
                length, at = read_varint(data, at)
            value, at = data[at:at + length], at + length
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def frame(message):
    data = encode(message)
    return struct.pack(">I", len(data)) + data


def integer(number):
    """A Value."""
    return {1: number << 1 if number >= 0 else (-number << 1) - 1}


class Failed(Exception):
    """A status that is none of success."""

    def __init__(self, gqlstatus, message):
        super().__init__("%s: %s" % (gqlstatus, message))
        self.gqlstatus = gqlstatus


class Client:
    def __init__(self, server, timeout=30, context=None, hello=True, source="127.0.0.1"):
        raw = socket.create_connection(("127.0.0.1", server.port), timeout=timeout, source_address=(source, 0))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = (context or server.tls()).wrap_socket(raw, server_hostname="localhost")
        self.requests = 0
        self.received = b""
        if hello:
            self.ask(HELLO, {})

    def close(self):
        self.socket.close()

    def send(self, kind, message):
        self.requests += 1
        self.socket.sendall(frame({1: self.requests, kind: message}))
        return self.requests

    def receive(self):
        """The next message; None at the end of the connection."""
        while len(self.received) < 4 or len(self.received) < 4 + struct.unpack(">I", self.received[:4])[0]:
            data = self.socket.recv(65536)
            if not data:
                return None
            self.received += data
        length = struct.unpack(">I", self.received[:4])[0]
        message, self.received = decode(self.received[4:4 + length]), self.received[4 + length:]
        return message

    def ask(self, kind, message):
        """All messages that answer a request. Raises Failed."""
        request, answers = self.send(kind, message), []
        while True:
            answer = self.receive()
            if answer is None:
                raise ConnectionError("the server closed the connection")
            if answer.get(1, [0])[0] not in (0, request):
                continue
            answers.append(answer)
            if STATUS in answer:
                status = decode(answer[STATUS][0])
                code = status[1][0].decode()
                if code[:2] not in ("00", "01", "02"):
                    raise Failed(code, status.get(2, [b""])[0].decode("utf-8", "replace"))
                return answers

    def execute(self, text, parameters=()):
        """The rows, as lists of encoded Values."""
        given = [{1: name, 2: value} for name, value in dict(parameters).items()]
        answers = self.ask(EXECUTE, {1: text, 2: given})
        return [decode(row).get(1, []) for answer in answers if PAGE in answer for row in decode(answer[PAGE][0]).get(1, [])]

    def prepare(self, text):
        (answer,) = self.ask(PREPARE, {1: text})
        return decode(answer[PREPARED][0])[1][0]


class Server:
    """`geode serve` in a folder, on ports that are free. `prefix`: what runs it, as ["unshare", "-m", ..]."""

    def __init__(self, folder, *arguments, prefix=()):
        self.folder = folder
        self.log_path = os.path.join(folder, "server.log")
        command = [*prefix, GEODE, "serve", "--data-dir", os.path.join(folder, "data"), "--listen", "127.0.0.1:0",
                   "--metrics-listen", "127.0.0.1:0", *arguments]
        # Limits of descriptors are those of who starts it.
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ, GEODE_CONFIG=os.devnull))
        end = time.monotonic() + 60
        while not (found := re.search(r" serving .*port=(\d+)", self.log())):
            if time.monotonic() > end or self.process.poll() is not None:
                self.kill()
                raise RuntimeError("the server did not begin:\n" + self.log())
            time.sleep(0.005)
        self.port = int(found.group(1))
        self.pages = "http://127.0.0.1:" + re.search(r"pages for probes.*port=(\d+)", self.log()).group(1)

    def log(self):
        with open(self.log_path, encoding="utf-8") as file:
            return file.read()

    def tls(self):
        context = ssl.create_default_context(cafile=os.path.join(self.folder, "data", "tls", "development-certificate.pem"))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["geode/1"])
        return context

    def memory_kib(self):
        with open("/proc/%d/status" % self.process.pid, encoding="utf-8") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))

    def threads(self):
        return len(os.listdir("/proc/%d/task" % self.process.pid))

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def stop(self, signal_number, timeout=30):
        """The exit status, and how long it took."""
        begin = time.monotonic()
        self.process.send_signal(signal_number)
        code = self.process.wait(timeout=timeout)
        return code, time.monotonic() - begin

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
