"""Figures of a server, as the tables of statements that it has: metrics.*, system.*, db.stats.*."""


class MetricsClient:
    """`await metrics.query(sql)` is the rows alone: `pd.DataFrame(rows)`, `rows[0]["peak_qps"]`."""

    def __init__(self, client):
        self.client = client

    async def query(self, statement, parameters=None, **named):
        return await self.client.execute(statement, parameters, **named)
