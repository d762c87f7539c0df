"""What a statement returns."""

import collections.abc
import dataclasses


@dataclasses.dataclass
class Summary:
    """What is told at the end of a statement."""

    gqlstatus: str = "00000"
    rows: int = 0
    elapsed: float = 0.0  # seconds
    counters: dict = dataclasses.field(default_factory=dict)
    notices: list = dataclasses.field(default_factory=list)  # (gqlstatus, message)
    plan: str = ""  # of EXPLAIN and PROFILE


class Result(collections.abc.Sequence):
    """The rows: dictionaries of Python values, by the names of their columns. `list(result)` is what a data frame is made of."""

    def __init__(self, columns, rows, summary):
        self.columns, self.rows, self.summary = columns, rows, summary

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return self.rows[index]

    def single(self):
        """The only row. Raises ValueError when there is none, or another one."""
        if len(self.rows) != 1:
            raise ValueError("%d rows, where 1 is expected" % len(self.rows))
        return self.rows[0]

    def value(self):
        """The only value of the only row."""
        row = self.single()
        if len(row) != 1:
            raise ValueError("%d columns, where 1 is expected" % len(row))
        return next(iter(row.values()))

    def __repr__(self):
        return "<Result of %d rows: %s>" % (len(self.rows), ", ".join(self.columns))
