"""Completion scripts: they are valid, and bash completes with them."""

import os
import re
import shutil
import subprocess
import unittest

from cli import GEODE, CliTest
from terminal import Terminal

BASH = shutil.which("bash")


class Completion(CliTest):
    def script(self, shell):
        return self.write("geode." + shell, self.check(self.geode("completion", shell), err="").out)

    def test_the_scripts_parse(self):
        self.assertEqual(subprocess.run([BASH, "-n", self.script("bash")]).returncode, 0)
        zsh = shutil.which("zsh")
        if zsh:
            self.assertEqual(subprocess.run([zsh, "-n", self.script("zsh")]).returncode, 0)

    def test_every_option_of_the_help_is_completed(self):
        for shell in ("bash", "zsh"):
            with open(self.script(shell)) as f:
                script = f.read()
            for command in ("shell", "query", "status", "top", "import", "pipe"):
                flags = re.findall(r"--[a-z-]+", self.check(self.geode(command, "--help")).out)
                self.assertGreater(len(flags), 1)
                for flag in flags:
                    self.assertIn(flag, script)

    def test_another_shell_is_a_mistake_of_usage(self):
        outcome = self.check(self.geode("completion", "fish"), code=2, out="")
        self.assertIn("bash or zsh", outcome.err)

    def test_bash_completes(self):
        script = self.script("bash")
        self.write("my file.geode", "")
        bash = Terminal([BASH, "--norc", "--noprofile", "-i"], PS1="ready> ", INPUTRC="/dev/null", HISTFILE="")
        bash.read_until("ready> ")
        bash.type("cd '%s' && source '%s'; bind 'set enable-bracketed-paste off'\r" % (self.folder, script))
        bash.read_until("ready> .*ready> |\nready> |\rready> ")
        for typed, completed in (("geode imp", "geode import "), ("geode import --del", "geode import --delimiter "),
                                 ("geode shell --format mar", "geode shell --format markdown "),
                                 ("geode --keep", "geode --keep-going "), ("geode completion b", "geode completion bash "),
                                 ("geode my", r"geode my\ file.geode ")):
            bash.type(typed + "\t")
            bash.read_until(re.escape(completed))
            bash.type("\x15\r")
            bash.read_until("ready> ")
        bash.type("exit\r")
        bash.end()


if __name__ == "__main__":
    unittest.main()
