#!/usr/bin/env python3
"""Many connections, and clients that mean no good: what the server needs for them, and that others are served.

    crowd_test.py [--connections N] [--active N] [--slow N] [--half-open N] [--aborted N] [--pipelined N] [--new N] [--seconds N] [--rounds N] [--patient]
                  [--times]

Half of the connections are of TCP, half of QUIC. The defaults are small; the figures of the documentation are of
--connections 1100 --active 100 --slow 500 --half-open 200 --aborted 10000 --pipelined 100000 --new 200 --seconds 10 --rounds 4 --patient --times
"""

import argparse
import os
import select
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from checks import allow_descriptors, check, exit_status
from wire import EXECUTE, GEODE, PING, SANITIZED, STATUS, Client, Failed, Server, decode, frame

# How long a server waits for a handshake, and its clock's step.
HANDSHAKE_SECONDS = 12
judges_times = False


def p99(times):
    return sorted(times)[len(times) * 99 // 100] * 1000


def raw(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


class CrowdClient:
    """The program of crowd_client.cpp, which speaks QUIC."""

    def __init__(self, server):
        self.process = subprocess.Popen(
            [os.path.join(os.path.dirname(GEODE), "crowd_client"), "127.0.0.1:%d" % server.port,
             os.path.join(server.folder, "data", "tls", "development-certificate.pem")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def do(self, *words):
        answer = self.ask(*words)
        if answer != "ok":
            raise RuntimeError("crowd_client: %s: %s" % (" ".join(str(word) for word in words), answer))

    def end(self):
        self.process.stdin.close()
        if self.process.wait(timeout=60) != 0:
            raise RuntimeError("crowd_client ended with %d" % self.process.returncode)


def idle_and_active(server, arguments, context, crowd):
    for kind in ("tcp", "quic"):
        count, before = arguments.connections // 2, server.memory_kib()
        crowd.do("open", kind, count)
        each = (server.memory_kib() - before) / count
        check(SANITIZED or each <= 100, "%.1f KiB for each of %d connections of %s" % (each, count, kind))
    try:
        extra = Client(server, context=context, hello=False)
        extra.ask(PING, {})
        check(False, "one connection more is refused")
    except Failed as error:
        check(error.gqlstatus == "08X04" and "limit" in str(error), "one connection more is refused: %s" % error)
    refused = crowd.ask("open", "quic", 1)
    check(refused.startswith("refused 08X04") and "limit" in refused, "one of QUIC more is refused: %s" % refused)
    count, _, slowest = crowd.ask("read", arguments.active // 2, arguments.seconds).partition(" ")
    check(count.isdigit() and int(count) >= arguments.active, "point reads are answered: %s" % (count + " " + slowest))
    if slowest and count.isdigit():
        check(not judges_times or float(slowest) <= 20, "p99 %s ms of %s point reads over %d connections among %d" % (
            slowest, count, arguments.active, arguments.connections))
    crowd.do("close")


def new_clients(server, context, crowd, when, count):
    """That those who come now are served, over TCP (by two programs) and QUIC."""
    times = []
    for _ in range(count):
        begin = time.monotonic()
        client = Client(server, context=context)
        client.execute("RETURN 1")
        times.append(time.monotonic() - begin)
        client.close()
    answers = {kind: crowd.ask("new", kind, count) for kind in ("tcp", "quic")}
    try:
        slowest = max(p99(times), *(float(answer) for answer in answers.values()))
    except ValueError:
        return check(False, "new clients %s: %s" % (when, answers))
    check(not judges_times or slowest <= 100, "new clients %s: p99 %.1f ms, %s" % (
        when, p99(times), ", ".join("%s %s ms" % each for each in answers.items())))


def settle(server, descriptors, arguments):
    """Waits until what was closed is gone, and with --patient what was left without a word as well."""
    end = time.monotonic() + 30
    while server.descriptors() > descriptors and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(HANDSHAKE_SECONDS if arguments.patient else 0.1)


def slow_ones(server, arguments, context, crowd):
    slow = []
    for _ in range(arguments.slow // 2):
        client = Client(server, context=context, hello=False)
        client.socket.sendall(struct.pack(">I", 100000)[:2])
        slow.append(client)
    crowd.do("slow", arguments.slow // 2)
    half = [raw(server) for _ in range(arguments.half_open)]
    new_clients(server, context, crowd, "beside %d slow and %d half-open ones" % (arguments.slow, arguments.half_open),
                arguments.new)
    for client in slow:
        client.socket.sendall(b"\x00")
        client.close()
    for each in half:
        each.close()
    crowd.do("close")


def frames_of_all_sizes(server, context):
    huge = Client(server, context=context, hello=False)
    before = server.memory_kib()
    huge.socket.sendall(b"\xff\xff\xff\xff" + b"x" * 1000)
    answer = huge.receive()
    check(answer is not None and huge.receive() is None, "a frame of 4 GiB is refused, and the connection closed")
    check(server.memory_kib() - before < 10240, "nothing is set aside for it")
    huge.close()

    tiny = Client(server, context=context, hello=False)
    # A tag, and not what it is of.
    tiny.socket.sendall(b"\x00\x00\x00\x01\x08" * 1000)
    answer = tiny.receive()
    check(answer is not None and decode(answer[STATUS][0])[1] == [b"08X05"] and tiny.receive() is None,
          "frames of one byte are refused, and the connection closed")
    tiny.close()

    client = Client(server, context=context)
    for byte in frame({1: 77, PING: {}}):
        client.socket.sendall(bytes([byte]))
    check(client.receive()[1] == [77], "a frame that comes byte by byte is answered")
    client.close()


def pipeline(server, context, count):
    """Requests that are sent before any answer is read, as far as the server takes them; then all answers in order."""
    client = Client(server, context=context)
    before = server.memory_kib()
    waiting = memoryview(b"".join(frame({1: i, PING: {}}) for i in range(2, count + 2)))
    client.socket.setblocking(False)
    reads, expected, end = False, 2, time.monotonic() + 120
    while expected < count + 2 and time.monotonic() < end:
        readable, writable, _ = select.select([client.socket] if reads else [], [client.socket] if waiting else [], [], 0.3)
        if not writable:
            if not reads:
                check(SANITIZED or server.memory_kib() - before < 32768, "%d KiB more memory for requests whose answers are not read" % (
                    server.memory_kib() - before))
            reads = True
        try:
            if writable:
                waiting = waiting[client.socket.send(waiting[:16384]):]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        try:
            while readable:
                data = client.socket.recv(65536)
                if not data:
                    return check(False, "%d of %d requests at once are answered" % (expected - 2, count))
                client.received += data
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        at = 0
        while len(client.received) >= at + 4:
            length = struct.unpack_from(">I", client.received, at)[0]
            if len(client.received) < at + 4 + length:
                break
            if decode(client.received[at + 4:at + 4 + length])[1] != [expected]:
                return check(False, "answer %d comes in its turn" % expected)
            expected, at = expected + 1, at + 4 + length
        client.received = client.received[at:]
    check(expected == count + 2, "%d of %d requests at once are answered, in order" % (expected - 2, count))
    client.close()


def resets_in_mid_result(server, context, count):
    for _ in range(count):
        client = Client(server, context=context)
        client.send(EXECUTE, {1: "FOR i IN range(1, 10000000) RETURN i, 'a text that takes some room'"})
        client.receive()
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()


def abuse(server, arguments, context, crowd):
    slow_ones(server, arguments, context, crowd)
    frames_of_all_sizes(server, context)
    resets_in_mid_result(server, context, 20)
    pipeline(server, context, arguments.pipelined)

    for i in range(arguments.aborted):
        each = raw(server)
        if i % 3 == 0:
            each.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
        elif i % 3 == 1:
            each.sendall(os.urandom(50))
        if i % 2 == 0:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        each.close()
    new_clients(server, context, crowd, "after %d aborted handshakes" % arguments.aborted, arguments.new)
    how = "vanishing" if arguments.patient else "closing"
    crowd.do("abort", arguments.aborted, how)
    new_clients(server, context, crowd, "after %d aborted handshakes of QUIC (%s)" % (arguments.aborted, how), arguments.new)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--connections", type=int, default=120)
    parser.add_argument("--active", type=int, default=20)
    parser.add_argument("--slow", type=int, default=30)
    parser.add_argument("--half-open", type=int, default=20)
    parser.add_argument("--aborted", type=int, default=60)
    parser.add_argument("--pipelined", type=int, default=2000)
    parser.add_argument("--new", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=1, help="of point reads")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patient", action="store_true", help="let clients vanish, and wait until the server has given them up")
    parser.add_argument("--times", action="store_true", help="judge how long clients wait, too: on a machine that does nothing else")
    arguments = parser.parse_args()
    global judges_times
    judges_times = arguments.times
    if arguments.connections < arguments.slow + arguments.half_open + 50:
        parser.error("--connections is less than the others together and 50")
    allow_descriptors(2 * (arguments.connections + arguments.slow + arguments.half_open) + 200)
    with tempfile.TemporaryDirectory(prefix="geode-crowd-") as folder:
        server = Server(folder, "--max-connections", str(arguments.connections // 2 * 2))
        try:
            context = server.tls()
            client = Client(server, context=context)
            client.execute("CREATE INDEX FOR (p:Person) ON (p.id)")
            client.execute("FOR i IN range(1, 1000) INSERT (:Person {id: i, name: 'person ' || CAST(i AS STRING)})")
            client.close()
            crowd = CrowdClient(server)
            new_clients(server, context, crowd, "that are the first", 20)
            time.sleep(1)
            descriptors, threads = server.descriptors(), server.threads()
            idle_and_active(server, arguments, context, crowd)
            settle(server, descriptors, arguments)
            # Until the allocator has what each of the threads that run statements may use.
            resets_in_mid_result(server, context, 100)
            memory = []
            for _ in range(arguments.rounds):
                abuse(server, arguments, context, crowd)
                settle(server, descriptors, arguments)
                memory.append(server.memory_kib())
            crowd.end()
            growth = memory[-1] - max(memory[:-1])
            print("        memory after each round: %s KiB" % memory)
            check(server.descriptors() <= descriptors, "no descriptor is left open")
            check(server.threads() <= threads, "no thread is left")
            check(SANITIZED or growth <= max(1024, memory[-1] // 100), "%d KiB more memory after the last round" % growth)
            check(" ERROR " not in server.log(), "no error in the log")
        finally:
            server.kill()
    return exit_status()


if __name__ == "__main__":
    sys.exit(main())
