#!/usr/bin/env python3
"""All tests of rows, or those that are named: features_test.py [start_test.Start.test_031_listen ...]. 77: they cannot run here."""

import os
import sys
import unittest

import machine
from table import MODULES

if __name__ == "__main__":
    if machine.MARK not in os.environ and (reason := machine.available()):
        print("there can be no machine of its own: " + reason)
        sys.exit(77)
    machine.enter()
    names = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names or MODULES)
    sys.exit(not unittest.TextTestRunner(verbosity=2 if "-v" in sys.argv else 1).run(suite).wasSuccessful())
