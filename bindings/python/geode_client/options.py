"""Where a server is, and how it is talked with."""

import dataclasses
import os
import re
import ssl
import urllib.parse

from .errors import GeodeError

DEFAULT_PORT = 3141
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 0.001}
TRUE = ("", "1", "true", "yes", "on")


@dataclasses.dataclass
class Options:
    host: str = "localhost"
    port: int = DEFAULT_PORT
    unix_path: str = ""  # a socket of the file system, instead of host and port
    graph: str = ""
    username: str = ""
    password: str = dataclasses.field(default="", repr=False)
    read_only: bool = False
    client_name: str = "geode-python"
    client_version: str = "0.1.3"
    tls_verify: bool = True
    tls_ca: str = ""  # empty: what the system trusts
    tls_cert: str = ""
    tls_key: str = ""
    server_name: str = ""  # that the certificate must have; empty: host
    connect_timeout: float = 10.0  # seconds; None: no limit
    request_timeout: float = None  # how long the server may say nothing while it is waited for
    page_size: int = 0  # rows that come at a time; 0: what the server chooses
    max_connections: int = 10
    min_connections: int = 0  # kept, used or not
    idle_timeout: float = 300.0  # connections beyond these that nobody used for so long are closed
    ping_interval: float = 30.0  # idle connections are asked whether they still answer
    acquire_timeout: float = 30.0  # who finds all connections taken waits for so long
    retries: int = 5  # of what cannot have been done, or may pass
    backoff: float = 0.05  # seconds before the first; doubled each time

    def tls(self):
        """A context for these files. Raises GeodeError 22023 for files that are none."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["geode/1"])
        if not self.tls_verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            if self.tls_verify and self.tls_ca:
                context.load_verify_locations(self.tls_ca)
            elif self.tls_verify:
                context.load_default_certs()
            if self.tls_cert:
                context.load_cert_chain(self.tls_cert, self.tls_key or None)
        except (OSError, ssl.SSLError) as error:
            raise GeodeError("22023", "the certificates cannot be read: %s" % error, "tls_ca, tls_cert and tls_key name files in PEM") from error
        return context


# What callers, and URLs, may say for the name of an option.
ALIASES = {
    "user": "username", "pass": "password", "verify_tls": "tls_verify", "ca": "tls_ca", "ca_cert": "tls_ca", "ca_file": "tls_ca",
    "cert": "tls_cert", "client_cert": "tls_cert", "key": "tls_key", "client_key": "tls_key", "hello_name": "client_name",
    "app": "client_name", "hello_ver": "client_version", "connection_timeout": "connect_timeout", "max_size": "max_connections",
    "min_size": "min_connections",
}
NEGATED = ("skip_verify", "insecure", "insecure_tls_skip_verify")  # of tls_verify


def invalid(message, hint=""):
    return GeodeError("22023", message, hint)


def address(text):
    """("host", port) of `host`, `host:port`, `[v6]` and `[v6]:port`."""
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.%\w]+\]|[^:\[\]/@?#]+)(?::(\d{1,5}))?", text)
    if not found or (found.group(2) and not 0 < int(found.group(2)) < 65536):
        raise invalid("`%s` is no address" % text, "write HOST, HOST:PORT or [IPv6]:PORT")
    return found.group(1).strip("[]"), int(found.group(2) or DEFAULT_PORT)


def seconds(text):
    found = re.fullmatch(r"(\d+)(ms|s|m|h|)", text)
    if not found:
        raise invalid("`%s` is no duration" % text, "write 500ms, 10s or 1m")
    return int(found.group(1)) * UNITS[found.group(2)]


def of_url(url):
    """What a URL says, as keyword arguments. The errors do not repeat it: there may be a password in it."""
    scheme, _, rest = url.partition("://")
    if scheme in ("quic", "geode+quic"):
        raise invalid("this client does not speak QUIC", "geode://HOST is the same server over TCP")
    if scheme not in ("geode", "geode+unix"):
        raise invalid("`%s` is no scheme of a server" % scheme, "geode://HOST[:PORT] or geode+unix:///PATH")
    rest, _, query = rest.partition("?")
    given = {}
    if scheme == "geode+unix":
        given["unix_path"] = urllib.parse.unquote(rest)
    else:
        place, _, graph = rest.partition("/")
        who, at, place = place.rpartition("@")
        if at:
            name, _, password = who.partition(":")
            given["username"], given["password"] = urllib.parse.unquote(name), urllib.parse.unquote(password)
        try:
            given["host"], given["port"] = address(place)
        except GeodeError:
            raise invalid("the URL has no address of a server before its graph",
                          "geode://[USER[:PASSWORD]@]HOST[:PORT][/GRAPH]; write / and @ of a password as %2F and %40") from None
        if "@" in graph:
            raise invalid("the URL has an @ behind its host", "write / and @ of a password as %2F and %40")
        if graph:
            graph = urllib.parse.unquote(graph)
            given["graph"] = "/" + graph if "/" in graph else graph
    for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True):
        name = ALIASES.get(name, name)
        if name in ("connect_timeout", "request_timeout"):
            given[name] = seconds(value)
        elif name == "timeout":
            given["connect_timeout"] = given["request_timeout"] = seconds(value)
        elif name == "page_size":
            given[name] = int(value) if value.isdigit() else -1
        elif name in NEGATED or name in ("tls_verify", "read_only"):
            given[name] = value.lower() in TRUE
        elif name in ("username", "password", "graph", "tls_ca", "tls_cert", "tls_key", "server_name", "client_name", "client_version"):
            given[name] = value
        elif name != "conformance":
            raise invalid("a URL has no parameter `%s`" % name)
    return given


def make(place, given):
    """Options of an address or a URL, and of keyword arguments, which go before what a URL says."""
    options = {}
    place = place or os.environ.get("GEODE_URL") or os.environ.get("GEODE_HOST") or "localhost"
    if "://" in place:
        options.update(of_url(place))
    else:
        options["host"], options["port"] = address(place)
    for name, value in given.items():
        if value is None:
            continue
        if name == "timeout":  # seconds
            options["connect_timeout"] = options["request_timeout"] = float(value)
        else:
            options[ALIASES.get(name, name)] = value
    for name in NEGATED:
        if name in options:
            options["tls_verify"] = not options.pop(name)
    options.pop("conformance", None)
    unknown = options.keys() - {field.name for field in dataclasses.fields(Options)}
    if unknown:
        raise TypeError("there is no option %s" % ", ".join(sorted(unknown)))
    if "username" not in options and "GEODE_USERNAME" in os.environ:
        options["username"] = os.environ["GEODE_USERNAME"]
        options.setdefault("password", os.environ.get("GEODE_PASSWORD", ""))
    if "tls_ca" not in options:
        options["tls_ca"] = os.environ.get("GEODE_TLS_CA", "")
    made = Options(**options)
    if made.page_size < 0 or made.max_connections < 1 or not 0 <= made.min_connections <= made.max_connections or made.retries < 0:
        raise invalid("page_size, max_connections, min_connections and retries are numbers of connections, rows and times",
                      "0 <= min_connections <= max_connections, 1 <= max_connections")
    return made
