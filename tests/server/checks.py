"""For programs that go on after a check that fails: what they say of each, and how they end."""

import resource

failures = []


def check(holds, text):
    print(("ok      " if holds else "FAILED  ") + text, flush=True)
    if not holds:
        failures.append(text)


def exit_status():
    return 1 if failures else 0


def allow_descriptors(wanted):
    """As many as may be, where that is less."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, hard)), hard))
