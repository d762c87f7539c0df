"""A client of a Geode server, in Python alone: no packages, no compiler.

    from geode_client import Client

    client = Client("geode.example.com:3141", tls_ca="ca.crt")
    result, _ = await client.query("MATCH (p:Person) WHERE p.age > $age RETURN p.name AS name", age=30)
    for row in result:
        print(row["name"])

A Client keeps connections and may be used from any number of threads and event loops, one after the other or at a time:
`asyncio.run(client.execute(...))` again and again uses the same connections. See docs/operations/clients.md.
"""

from .client import Client, Connection, Prepared, open_database
from .errors import AuthError, ConnectionError, GeodeError, QueryError, TransactionError
from .metrics import MetricsClient
from .options import Options
from .result import Result, Summary
from .values import Duration, Edge, Node, Path, WideDateTime

__version__ = "0.1.3"
__all__ = ["AuthError", "Client", "Connection", "ConnectionError", "Duration", "Edge", "GeodeError", "MetricsClient", "Node", "Options",
           "Path", "Prepared", "QueryError", "Result", "Summary", "TransactionError", "WideDateTime", "open_database"]
