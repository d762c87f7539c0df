"""Who logs in where: users and passwords of URLs, of the environment, and those that are asked for."""

import os
import socket
import sys
import threading
import unittest

from cli import GEODE, CliTest
from terminal import Terminal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))
from wire import EXECUTE, HELLO, SCHEMA, STATUS, decode, frame


class Doorkeeper:
    """A server that lets in who has the password, and answers every statement with success."""

    def __init__(self, path, password):
        self.password, self.seen = password, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, client.makefile("rb") as stream:
            while len(head := stream.read(4)) == 4:
                message = decode(stream.read(int.from_bytes(head, "big")))
                answer = {1: message[1][0], STATUS: {1: "00000"}}
                if HELLO in message:
                    hello = decode(message[HELLO][0])
                    user, password = (hello.get(n, [b""])[0].decode() for n in (1, 2))
                    self.seen.append((user, password))
                    if password == self.password:
                        answer[3] = {1: "session", 2: "1", 4: 1 << 20}
                    else:
                        answer[STATUS] = {1: "28000", 2: "the user or the password is wrong"}
                elif EXECUTE in message:
                    answer[SCHEMA] = {}
                client.sendall(frame(answer))


class LogIn(CliTest):
    def setUp(self):
        super().setUp()
        self.door = Doorkeeper(self.path("door.sock"), "hunter2")
        self.addCleanup(self.door.listener.close)
        self.url = "geode+unix://" + self.path("door.sock")

    def shell(self, url, **env):
        return self.geode("shell", url, "-c", "RETURN 1", **env)

    def test_the_url_and_the_environment_name_a_user_with_a_password(self):
        self.check(self.shell(self.url + "?user=ann&password=hunter2"))
        self.check(self.shell(self.url, GEODE_USERNAME="bob", GEODE_PASSWORD="hunter2"))
        self.check(self.shell(self.url, GEODE_PASSWORD_FILE=self.write("secret", "hunter2\n")))
        self.check(self.geode("-c", "RETURN 1", GEODE_URL=self.url, GEODE_USERNAME="bob", GEODE_PASSWORD="hunter2"))
        self.assertEqual(self.door.seen, [("ann", "hunter2"), ("bob", "hunter2"), ("", "hunter2"), ("bob", "hunter2")])

    def test_a_user_of_the_url_is_not_sent_with_the_password_of_another_one(self):
        refused = self.check(self.shell(self.url + "?user=ann", GEODE_USERNAME="bob", GEODE_PASSWORD="hunter2"), code=4, out="")
        self.assertIn("28000", refused.err)
        self.assertEqual(self.door.seen, [("ann", "")])

    def test_a_password_is_asked_for_at_a_terminal_and_not_shown(self):
        shell = Terminal([GEODE, "shell", self.url + "?user=ann", "-c", "RETURN 1"])
        self.assertNotIn("hunter", shell.read_until("password of ann at geode\\+unix://.*: "))
        shell.type("wrong\x15hunter3\x7f2\r")
        self.assertEqual(shell.end(), 0)
        self.assertNotIn("hunter", shell.text)
        self.assertEqual(self.door.seen, [("ann", ""), ("ann", "hunter2")])

    def test_ctrl_c_ends_the_question(self):
        for arguments in (["-c", "RETURN 1"], []):
            shell = Terminal([GEODE, "shell", self.url + "?user=ann", *arguments])
            shell.read_until("password of ann")
            shell.type("hunt\x03")
            self.assertEqual(shell.end(), 130)
            self.assertNotIn("hunt", shell.text)

    def test_a_wrong_password_is_not_asked_for_again(self):
        shell = Terminal([GEODE, "shell", self.url + "?user=ann&password=wrong", "-c", "RETURN 1"])
        self.assertEqual(shell.end(), 4)
        self.assertIn("28000", shell.text)
        self.assertNotIn("password of", shell.text)


if __name__ == "__main__":
    unittest.main()
