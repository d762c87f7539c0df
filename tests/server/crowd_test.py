#!/usr/bin/env python3
"""Many connections, and clients that mean no good: what the server needs for them, and that others are served.

    crowd_test.py [--connections N] [--active N] [--slow N] [--half-open N] [--aborted N] [--rounds N]

The defaults are small; the figures of the documentation are of 1000, 100, 500, 200 and 10000.
"""

import argparse
import os
import resource
import socket
import struct
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wire import EXECUTE, EXECUTE_PREPARED, GEODE, PING, Client, Failed, Server, frame, integer

SANITIZED = "asan" in os.popen("ldd " + GEODE).read()
failures = []


def check(holds, text):
    print(("ok      " if holds else "FAILED  ") + text, flush=True)
    if not holds:
        failures.append(text)


def p99(times):
    return sorted(times)[len(times) * 99 // 100] * 1000


def raw(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def read_points(server, clients, seconds):
    """Times of point reads over all clients, each of which asks again as soon as it has its answer."""
    times, end = [], time.monotonic() + seconds

    def ask(client):
        statement = client.prepare("MATCH (p:Person {id: $id}) RETURN p.name")
        mine, i = [], 0
        while time.monotonic() < end:
            begin = time.monotonic()
            client.ask(EXECUTE_PREPARED, {1: statement, 2: {1: "id", 2: integer(i % 1000 + 1)}})
            mine.append(time.monotonic() - begin)
            i += 1
            # A hundred of them as fast as they can are a test of this program.
            time.sleep(0.01)
        times.extend(mine)

    threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def idle_and_active(server, arguments):
    context = server.tls()
    before = server.memory_kib()
    clients = [Client(server, context=context) for _ in range(arguments.connections)]
    each = (server.memory_kib() - before) / arguments.connections
    check(SANITIZED or each <= 100, "%.1f KiB for each of %d idle connections" % (each, arguments.connections))
    try:
        extra = Client(server, context=context, hello=False)
        extra.ask(PING, {})
        check(False, "one connection more is refused")
    except Failed as error:
        check(error.gqlstatus == "08X04" and "limit" in str(error),
              "one connection more is refused: %s" % error)
    times = read_points(server, clients[:arguments.active], 3)
    check(SANITIZED or p99(times) <= 20, "p99 %.1f ms of %d point reads over %d connections among %d" % (
        p99(times), len(times), arguments.active, arguments.connections))
    for client in clients:
        client.close()


def new_clients(server, context, count=100):
    times = []
    for _ in range(count):
        begin = time.monotonic()
        client = Client(server, context=context)
        client.execute("RETURN 1")
        times.append(time.monotonic() - begin)
        client.close()
    return times


def settle(server, descriptors):
    """Waits until what was closed is gone."""
    end = time.monotonic() + 30
    while server.descriptors() > descriptors and time.monotonic() < end:
        time.sleep(0.05)


def abuse(server, arguments, context):
    slow = []
    for _ in range(arguments.slow):
        client = Client(server, context=context, hello=False)
        client.socket.sendall(struct.pack(">I", 100000)[:2])
        slow.append(client)
    half = [raw(server) for _ in range(arguments.half_open)]
    check(SANITIZED or p99(new_clients(server, context)) <= 100, "new clients beside %d slow and %d half-open ones" % (
        arguments.slow, arguments.half_open))
    for client in slow:
        client.socket.sendall(b"\x00")
        client.close()
    for each in half:
        each.close()

    huge = Client(server, context=context, hello=False)
    before = server.memory_kib()
    huge.socket.sendall(b"\xff\xff\xff\xff" + b"x" * 1000)
    answer = huge.receive()
    check(answer is not None and huge.receive() is None, "a frame of 4 GiB is refused, and the connection closed")
    check(server.memory_kib() - before < 10240, "nothing is set aside for it")

    for _ in range(20):
        client = Client(server, context=context)
        client.send(EXECUTE, {1: "FOR i IN range(1, 10000000) RETURN i, 'a text that takes some room'"})
        client.receive()
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()

    pipelined = Client(server, context=context)
    requests = b"".join(frame({1: i, PING: {}}) for i in range(1000000, 1000000 + 2000))
    pipelined.socket.sendall(requests)
    for _ in range(2000):
        if pipelined.receive() is None:
            check(False, "2000 requests at once are answered")
            break
    pipelined.close()

    for i in range(arguments.aborted):
        each = raw(server)
        if i % 3 == 0:
            each.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
        elif i % 3 == 1:
            each.sendall(os.urandom(50))
        if i % 2 == 0:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        each.close()
    check(SANITIZED or p99(new_clients(server, context)) <= 100, "new clients after %d aborted handshakes" % arguments.aborted)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--active", type=int, default=20)
    parser.add_argument("--slow", type=int, default=30)
    parser.add_argument("--half-open", type=int, default=20)
    parser.add_argument("--aborted", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    wanted = 2 * (arguments.connections + arguments.slow + arguments.half_open) + 100
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, hard)), hard))
    with tempfile.TemporaryDirectory(prefix="geode-crowd-") as folder:
        server = Server(folder, "--max-connections", str(max(arguments.connections, arguments.slow + arguments.half_open + 50)))
        try:
            context = server.tls()
            client = Client(server, context=context)
            client.execute("CREATE INDEX FOR (p:Person) ON (p.id)")
            client.execute("FOR i IN range(1, 1000) INSERT (:Person {id: i, name: 'person ' || CAST(i AS STRING)})")
            client.close()
            new_clients(server, context, 20)
            time.sleep(1)
            descriptors = server.descriptors()
            if arguments.connections >= arguments.slow + arguments.half_open + 50:
                idle_and_active(server, arguments)
            else:
                check(False, "--connections is more than the others together")
            settle(server, descriptors)
            memory = []
            for _ in range(arguments.rounds):
                abuse(server, arguments, context)
                settle(server, descriptors)
                memory.append(server.memory_kib())
            # The first rounds find out how much the allocator keeps.
            growth = memory[-1] - max(memory[:-1])
            print("        memory after each round: %s KiB" % memory)
            check(server.descriptors() <= descriptors, "no descriptor is left open")
            check(SANITIZED or growth <= max(1024, memory[-1] // 100), "%d KiB more memory after the last round" % growth)
            check(" ERROR " not in server.log(), "no error in the log")
        finally:
            server.kill()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
