"""Messages of protobuf, as far as geode-server/protocol/geode.proto needs them."""


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def zigzag(number):
    return number << 1 if number >= 0 else (-number << 1) - 1


def signed(number):
    return number >> 1 if not number & 1 else -(number >> 1) - 1


def field_number(field, value, always=False):
    """Nothing for 0, which is what is not there; `always` for a kind of a oneof."""
    return varint(field << 3) + varint(value) if value or always else b""


def field_bytes(field, data):
    return varint(field << 3 | 2) + varint(len(data)) + data


def fields_of(data):
    """(field, value) of each: a number, or bytes. Raises ValueError for what is no message."""
    at, end = 0, len(data)
    while at < end:
        tag, at = read_varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = read_varint(data, at)
            yield tag >> 3, value
            continue
        if kind == 2:
            length, at = read_varint(data, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError("a field of the kind %d" % kind)
        if at + length > end:
            raise ValueError("a field ends behind its message")
        yield tag >> 3, data[at:at + length]
        at += length


def read_varint(data, at):
    try:
        byte = data[at]
        if byte < 0x80:
            return byte, at + 1
        number, shift = byte & 0x7F, 7
        while True:
            at += 1
            byte = data[at]
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number, at + 1
            shift += 7
            if shift > 63:
                raise ValueError("a number of more than 64 bits")
    except IndexError:
        raise ValueError("a number ends behind its message") from None
