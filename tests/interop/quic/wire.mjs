// The messages of geode-server/protocol/geode.proto that the test needs, by hand: what is read here was not written by
// the library that is tested.

function varint(value) {
  const bytes = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function field(number, content) {
  if (typeof content === 'number') return Buffer.concat([varint(number << 3), varint(content)]);
  const bytes = Buffer.from(content);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

/// A frame: four bytes of length, big-endian, and a ClientMessage.
export function frame(requestId, kind, content) {
  const message = Buffer.concat([field(1, requestId), field(kind, content)]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}

export const HELLO = 2, EXECUTE = 3, PING = 4;
export const execute = (requestId, text) => frame(requestId, EXECUTE, field(1, text));

/// [[number, BigInt or Buffer]] of a message.
export function fields(bytes) {
  const found = [];
  let at = 0;
  const number = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(number());
    if ((key & 7) === 0) {
      found.push([key >> 3, number()]);
    } else if ((key & 7) === 2) {
      const size = Number(number());
      found.push([key >> 3, bytes.subarray(at, at + size)]);
      at += size;
    } else if ((key & 7) === 1) {
      at += 8;
    } else {
      throw new Error(`a field of kind ${key & 7}`);
    }
  }
  return found;
}

export const get = (list, number) => list.find(([key]) => key === number)?.[1];
/// Of sint64: 0, -1, 1, -2, .. are sent as 0, 1, 2, 3, ..
export const zigzag = (value) => (value >> 1n) ^ -(value & 1n);
