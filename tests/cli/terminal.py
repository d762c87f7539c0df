"""A program in a terminal of its own, for tests."""

import fcntl
import os
import pty
import re
import select
import struct
import termios
import time

from cli import environment


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, arguments, columns=80, rows=24, **env):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execve(arguments[0], arguments, environment(**env))

    def read_until(self, pattern, timeout=60):
        """What came up to and with `pattern`."""
        end = time.time() + timeout
        while not (found := re.search(pattern, self.text)):
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.time()))
            if not ready:
                raise AssertionError("no %r in %r" % (pattern, self.text))
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                raise AssertionError("ended before %r: %r" % (pattern, self.text))
            self.text += data.decode("utf-8", "replace")
        seen, self.text = self.text[:found.end()], self.text[found.end():]
        return seen

    def type(self, text):
        os.write(self.fd, text.encode("utf-8"))

    def wait_for_the_editor_to_leave(self, timeout=60):
        """Until the terminal is in its usual mode again: the line was taken."""
        end = time.time() + timeout
        while not termios.tcgetattr(self.fd)[3] & termios.ICANON:
            self.pause(end)

    def pause(self, end):
        if time.time() > end:
            raise AssertionError("nothing happened after %r" % self.text)
        time.sleep(0.005)

    def end(self, timeout=60):
        """The exit code; what is still said stands in `text`."""
        stop = time.time() + timeout
        while time.time() < stop:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    self.text += os.read(self.fd, 65536).decode("utf-8", "replace")
                    if not done:
                        continue
                except OSError:
                    pass  # the other end is closed
            if done:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        raise AssertionError("the program did not end: %r" % self.text)
