"""Values that Python has no type for, and how all values look in messages (geode-server/protocol/geode.proto)."""

import dataclasses
import datetime
import decimal
import struct

from .message import field_bytes, field_number, fields_of, signed, zigzag


@dataclasses.dataclass(frozen=True)
class Node:
    id: int
    labels: tuple
    properties: dict = dataclasses.field(hash=False)

    def __getitem__(self, name):
        return self.properties[name]


@dataclasses.dataclass(frozen=True)
class Edge:
    id: int
    source: int
    target: int
    label: str
    properties: dict = dataclasses.field(hash=False)
    undirected: bool = False

    def __getitem__(self, name):
        return self.properties[name]


@dataclasses.dataclass(frozen=True)
class Path:
    """edges[i] connects nodes[i] and nodes[i + 1]."""

    nodes: tuple
    edges: tuple

    def __len__(self):
        return len(self.edges)


@dataclasses.dataclass(frozen=True)
class Duration:
    months: int = 0
    days: int = 0
    seconds: int = 0
    nanoseconds: int = 0

    def to_timedelta(self):
        """Raises ValueError where that would not be the same: months, and parts of a microsecond."""
        if self.months or self.nanoseconds % 1000:
            raise ValueError("%r is no timedelta" % (self,))
        return datetime.timedelta(self.days, self.seconds, self.nanoseconds // 1000)


@dataclasses.dataclass(frozen=True)
class WideDateTime:
    """A date and time that `datetime` cannot hold: a year outside of 1 to 9999, or parts of a microsecond. `seconds` since 1970 of the
    local calendar when `offset` is None, else of UTC; a date or a time of day alone has the kind "date" or "time"."""

    kind: str
    seconds: int
    nanoseconds: int
    offset: int = None


EPOCH = datetime.datetime(1970, 1, 1)
EPOCH_DAY = EPOCH.toordinal()
DAY = 86_400
LEAST, MOST = -62_135_596_800, 253_402_300_799  # seconds of the years 1 and 9999
MOST_DIGITS = decimal.Context(prec=100)


def encode(value):
    """The inside of a Value."""
    kind = ENCODERS.get(type(value))
    if kind is None:
        kind = next((found for of, found in ENCODERS.items() if isinstance(value, of)), None)
        if kind is None:
            raise TypeError("a parameter cannot be a %s" % type(value).__name__)
    return kind(value)


def encode_integer(value):
    if -(1 << 63) <= value < 1 << 63:
        return field_number(1, zigzag(value), always=True)
    return encode_decimal(decimal.Decimal(value))


def encode_decimal(value):
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("%s is no exact number" % value)
    magnitude = int("".join(map(str, digits)) or "0") * 10 ** max(exponent, 0)
    return field_bytes(6, field_bytes(1, magnitude.to_bytes((magnitude.bit_length() + 7) // 8, "big"))
                       + field_number(2, max(-exponent, 0)) + field_number(3, sign))


def since_midnight(value):
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000_000 + value.microsecond * 1000


def offset_of(value):
    offset = value.utcoffset()
    if offset.microseconds:
        raise ValueError("%s: the displacement is no number of seconds" % value)
    return offset.days * DAY + offset.seconds


def encode_time(value):
    if value.tzinfo is None or value.utcoffset() is None:
        return field_number(8, since_midnight(value), always=True)
    return field_bytes(9, field_number(1, since_midnight(value)) + field_number(2, zigzag(offset_of(value))))


def encode_datetime(value):
    if value.utcoffset() is None:
        since = value.replace(tzinfo=None) - EPOCH
        return field_bytes(10, field_number(1, zigzag(since.days * DAY + since.seconds)) + field_number(2, since.microseconds * 1000))
    offset = offset_of(value)
    since = value.replace(tzinfo=None) - EPOCH
    zone = getattr(value.tzinfo, "key", "") or ""
    return field_bytes(11, field_number(1, zigzag(since.days * DAY + since.seconds - offset))
                       + field_number(2, since.microseconds * 1000) + field_number(3, zigzag(offset))
                       + (field_bytes(4, zone.encode()) if zone else b""))


def encode_duration(value):
    if isinstance(value, datetime.timedelta):
        value = Duration(0, value.days, value.seconds, value.microseconds * 1000)
    return field_bytes(12, field_number(1, zigzag(value.months)) + field_number(2, zigzag(value.days))
                       + field_number(3, zigzag(value.seconds)) + field_number(4, value.nanoseconds))


def encode_list(value):
    return field_bytes(13, b"".join(field_bytes(1, encode(each)) for each in value))


def encode_record(value):
    return field_bytes(14, b"".join(field_bytes(1, field_bytes(1, str(name).encode()) + field_bytes(2, encode(each)))
                                    for name, each in value.items()))


ENCODERS = {
    type(None): lambda value: b"",
    bool: lambda value: field_number(3, int(value), always=True),
    int: encode_integer,
    float: lambda value: b"\x11" + struct.pack("<d", value),
    str: lambda value: field_bytes(4, value.encode()),
    bytes: lambda value: field_bytes(5, value),
    bytearray: lambda value: field_bytes(5, bytes(value)),
    decimal.Decimal: encode_decimal,
    datetime.datetime: encode_datetime,
    datetime.date: lambda value: field_number(7, zigzag(value.toordinal() - EPOCH_DAY), always=True),
    datetime.time: encode_time,
    datetime.timedelta: encode_duration,
    Duration: encode_duration,
    list: encode_list,
    tuple: encode_list,
    dict: encode_record,
}


def parts(data):
    """Field number -> last value; for messages whose fields come once."""
    return dict(fields_of(data))


def many(data, number):
    return [value for field, value in fields_of(data) if field == number]


def decode(data):
    """Of the inside of a Value."""
    found = None
    for number, value in fields_of(data):
        found = DECODERS[number](value) if number in DECODERS else None
    return found


def decode_decimal(data):
    found = parts(data)
    magnitude = int.from_bytes(found.get(1, b""), "big")
    if found.get(3):
        magnitude = -magnitude
    return decimal.Decimal(magnitude).scaleb(-found.get(2, 0), MOST_DIGITS) if found.get(2) else magnitude


def decode_date(value):
    days = signed(value)
    if LEAST <= days * DAY <= MOST:
        return datetime.date.fromordinal(days + EPOCH_DAY)
    return WideDateTime("date", days * DAY, 0)


def decode_time(nanoseconds, offset=None):
    if nanoseconds % 1000:
        return WideDateTime("time", nanoseconds // 1_000_000_000, nanoseconds % 1_000_000_000, offset)
    zone = None if offset is None else datetime.timezone(datetime.timedelta(seconds=offset))
    return (datetime.datetime.min + datetime.timedelta(microseconds=nanoseconds // 1000)).time().replace(tzinfo=zone)


def decode_zoned_time(data):
    found = parts(data)
    return decode_time(found.get(1, 0), signed(found.get(2, 0)))


def decode_datetime(data, zoned):
    found = parts(data)
    seconds, nanoseconds = signed(found.get(1, 0)), found.get(2, 0)
    offset = signed(found.get(3, 0)) if zoned else None
    local = seconds + (offset or 0)
    if nanoseconds % 1000 or not LEAST <= local <= MOST:
        return WideDateTime("datetime", seconds, nanoseconds, offset)
    zone = datetime.timezone(datetime.timedelta(seconds=offset)) if zoned else None
    return (EPOCH + datetime.timedelta(seconds=local, microseconds=nanoseconds // 1000)).replace(tzinfo=zone)


def decode_duration(data):
    found = parts(data)
    return Duration(*(signed(found.get(number, 0)) for number in (1, 2, 3)), found.get(4, 0))


def decode_fields(items):
    record = {}
    for item in items:
        found = parts(item)
        record[found.get(1, b"").decode()] = decode(found.get(2, b""))
    return record


def decode_node(data):
    found = parts(data)
    return Node(found.get(1, 0), tuple(label.decode() for label in many(data, 2)), decode_fields(many(data, 3)))


def decode_edge(data):
    found = parts(data)
    return Edge(found.get(1, 0), found.get(2, 0), found.get(3, 0), found.get(4, b"").decode(), decode_fields(many(data, 5)),
                bool(found.get(6)))


DECODERS = {
    1: signed,
    2: lambda data: struct.unpack("<d", data)[0],
    3: bool,
    4: lambda data: data.decode(),
    5: lambda data: data,
    6: decode_decimal,
    7: decode_date,
    8: decode_time,
    9: decode_zoned_time,
    10: lambda data: decode_datetime(data, False),
    11: lambda data: decode_datetime(data, True),
    12: decode_duration,
    13: lambda data: [decode(each) for each in many(data, 1)],
    14: lambda data: decode_fields(many(data, 1)),
    15: decode_node,
    16: decode_edge,
    17: lambda data: Path(tuple(map(decode_node, many(data, 1))), tuple(map(decode_edge, many(data, 2)))),
    18: lambda data: parts(data).get(1, b"").decode(),
}
