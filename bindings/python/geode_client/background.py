"""The thread that connections live in.

A program may call each coroutine in an event loop of its own (`asyncio.run` again and again), where connections of the loop before
would be of no use. So sockets belong to one loop that goes on in a thread; other loops wait for what it does.
"""

import asyncio
import os
import threading

_lock = threading.Lock()
_loop = None
_process = None


def loop():
    """The loop of this process; a child of fork() has its own."""
    global _loop, _process
    with _lock:
        if _loop is None or _process != os.getpid():
            _loop, _process = asyncio.new_event_loop(), os.getpid()
            threading.Thread(target=_loop.run_forever, name="geode-client", daemon=True).start()
        return _loop


async def run(coroutine):
    """Its result; a cancelled wait cancels it."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, loop()))
