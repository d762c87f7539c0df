// Asks a server over Cloudflare's QUIC (quiche): one session after another, many at once, a large result.
//   node client.mjs PORT CA [CERTIFICATE KEY | --alpn NAME]
// Writes a line of JSON for each thing it did, and exits with 1 where an answer was wrong.

import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import Logger, { LogLevel } from '@matrixai/logger';
import { QUICClient } from '@matrixai/quic';
import { HELLO, execute, fields, frame, get, zigzag } from './wire.mjs';

const [port, ca, first, second] = process.argv.slice(2);
const alpn = first === '--alpn' ? second : 'geode/1';
const identity = first && first !== '--alpn' ? { cert: readFileSync(first, 'utf8'), key: readFileSync(second, 'utf8') } : {};
const SEQUENTIAL = 500, CONCURRENT = 512, LARGE_ROWS = 20_000;

function check(holds, what) {
  if (!holds) throw new Error(what);
}

/// Runs a statement on a stream of its own: [[values of a row]], and the GQLSTATUS.
async function ask(client, text) {
  const stream = client.connection.newStream();
  const writer = stream.writable.getWriter();
  await writer.write(Buffer.concat([frame(1, HELLO, ''), execute(2, text)]));
  const reader = stream.readable.getReader();
  let bytes = Buffer.alloc(0);
  let pieces = [], waiting = 0;  // not joined before they can be a whole frame
  const rows = [];
  for (;;) {
    const needed = bytes.length < 4 ? 4 : 4 + bytes.readUInt32BE(0);
    if (bytes.length + waiting >= needed) {
      bytes = Buffer.concat([bytes, ...pieces]);
      pieces = [];
      waiting = 0;
    }
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) {
      const size = bytes.readUInt32BE(0);
      const message = fields(bytes.subarray(4, 4 + size));
      bytes = bytes.subarray(4 + size);
      const page = get(message, 5);
      if (page) for (const [key, row] of fields(page)) if (key === 1) rows.push(fields(row).map(([, value]) => fields(value)));
      const status = get(message, 2);
      const requestId = get(message, 1) ?? 0n;
      if (status && (requestId === 2n || requestId === 0n)) {
        await writer.close();
        await reader.cancel().catch(() => {});
        return { rows, status: get(fields(status), 1).toString() };
      }
    }
    const { value, done } = await reader.read();
    check(!done, 'the stream ended before the answer');
    pieces.push(value);
    waiting += value.length;
  }
}

const integer = (value) => zigzag(get(value, 1) ?? 0n);

const client = await QUICClient.createQUICClient({
  host: '127.0.0.1',
  port: Number(port),
  serverName: 'localhost',
  logger: new Logger('client', LogLevel.ERROR),
  crypto: { ops: { async randomBytes(data) { webcrypto.getRandomValues(new Uint8Array(data)); } } },
  config: { ca: readFileSync(ca, 'utf8'), verifyPeer: true, applicationProtos: [alpn], maxIdleTimeout: 5000, ...identity },
}, { timer: 10_000 });

let begin = performance.now();
function done(what) {
  console.log(JSON.stringify({ what, milliseconds: Math.round(performance.now() - begin) }));
  begin = performance.now();
}

for (let i = 0; i < SEQUENTIAL; ++i) {
  const { rows, status } = await ask(client, `RETURN ${i}`);
  check(status === '00000' && integer(rows[0][0]) === BigInt(i), `answer ${i}`);
}
done('sequential');

await Promise.all(Array.from({ length: CONCURRENT }, async (_, i) => {
  const { rows, status } = await ask(client, `RETURN ${i} * 2`);
  check(status === '00000' && integer(rows[0][0]) === BigInt(2 * i), `concurrent answer ${i}`);
}));
done('concurrent');

const { rows, status } = await ask(client, `FOR i IN range(1, ${LARGE_ROWS}) RETURN i, lpad('', 1000, 'x')`);
check(status === '00000' && rows.length === LARGE_ROWS, `${rows.length} rows, status ${status}`);
rows.forEach((row, i) => check(integer(row[0]) === BigInt(i + 1) && get(row[1], 4).length === 1000, `row ${i}`));
done('large');

const wrong = await ask(client, 'RETURN nonsense(');
check(wrong.status.startsWith('42'), `status ${wrong.status}`);
done('error');
await client.destroy({ force: true });
process.exit(0);
