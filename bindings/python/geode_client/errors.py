"""What can go wrong. Each error carries the GQLSTATUS of what happened."""


class GeodeError(Exception):
    """`gqlstatus`, `message`, `hint`, (`line`, `column`) in the statement, 0 without a place; `retryable`: it may pass."""

    def __init__(self, gqlstatus, message, hint="", line=0, column=0, retryable=False):
        super().__init__("%s: %s%s" % (gqlstatus, message, " (%s)" % hint if hint else ""))
        self.gqlstatus, self.message, self.hint = gqlstatus, message, hint
        self.line, self.column, self.retryable = line, column, retryable


class ConnectionError(GeodeError):  # noqa: A001 - the name users look for
    """The server cannot be reached, is not the one it should be, or went away."""


class AuthError(GeodeError):
    """The server does not let this user in."""


class QueryError(GeodeError):
    """A statement failed."""


class TransactionError(QueryError):
    """A transaction ended, conflicts with another one, or is not in the state that was asked for."""


def of_status(gqlstatus, message, hint="", line=0, column=0, retryable=False):
    kind = {"08": ConnectionError, "28": AuthError, "25": TransactionError, "2D": TransactionError, "40": TransactionError}
    return kind.get(gqlstatus[:2], QueryError)(gqlstatus, message, hint, line, column, retryable)
