import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { TestService } from '../support/service.ts';
import { type Reply, requestBytes, Wire } from '../support/wire.ts';

const MIB = 1024 * 1024;
const HOST = 'Host: localhost\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const RECHARGE = `POST /v1/balance/users/1/recharge HTTP/1.1\r\n${HOST}${JSON_TYPE}`;
const UP = '{"status":"up"}';
const ASK_HEALTH = `GET /health HTTP/1.1\r\n${HOST}\r\n`;
const SMUGGLED = '{"amount":7}';

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(async () => {
  // None of all this is a fault of ours.
  expect(service.log.errors).toEqual([]);
  expect((await service.get('/v1/balance/users/1')).body.currentAmount).toBe(0);
  await service.stop();
});

/** Opens a connection, and closes it after the work. */
async function onWire<T>(work: (wire: Wire) => Promise<T>): Promise<T> {
  const wire = await Wire.open(service.url);
  try {
    return await work(wire);
  } finally {
    wire.close();
  }
}

const brief = (reply: Reply | null) => reply && [reply.status, reply.body];
const failure = (code: number, message: string) => [code, JSON.stringify({ code, message })];

describe('a body that is not read to its end', () => {
  const inside = `${RECHARGE}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`;
  const target = '/v1/balance/users/1/recharge';
  const headers = { 'Content-Type': 'application/json' };

  for (const chunked of [false, true]) {
    const how = chunked ? 'in chunks' : 'with its length';
    test(`never counts as the next request: ${how}`, async () => {
      const body = inside.repeat(1_000);
      for (const refused of [target, '/v1/balance/users/x/recharge', '/v1/nothing', '/health']) {
        await onWire(async (wire) => {
          const asked = { method: 'POST', target: refused, headers, body, chunked };
          // The next request is sent before the reply to the first has come.
          await wire.send(Buffer.concat([requestBytes(asked), Buffer.from(ASK_HEALTH)]));
          expect((await wire.reply())?.status).toBeGreaterThanOrEqual(400);
          expect(brief(await wire.reply())).toEqual([200, UP]);
          expect(brief(await wire.ask({ method: 'GET', target: '/v1/none' }))).toEqual(
            failure(404, 'not found'),
          );
        });
      }
    });
  }

  test('does not fill the memory, however long it is', async () => {
    const piece = Buffer.alloc(MIB, 'a');
    const chunk = Buffer.concat([Buffer.from(`${MIB.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
    const rssBefore = process.memoryUsage.rss();
    let rssMax = 0;
    await onWire(async (wire) => {
      await wire.send(`${RECHARGE}Transfer-Encoding: chunked\r\n\r\n`);
      for (let sent = 0; sent < 128; sent++) {
        await wire.send(chunk);
        rssMax = Math.max(rssMax, process.memoryUsage.rss());
      }
      await wire.send(`0\r\n\r\n${ASK_HEALTH}`);
      expect(brief(await wire.reply())).toEqual(failure(413, 'body too large'));
      expect(brief(await wire.reply())).toEqual([200, UP]);
    });
    expect(rssMax - rssBefore).toBeLessThan(64 * MIB);
  });
});

describe('a body that', () => {
  test('breaks off is nothing that we log', async () => {
    for (const head of ['Content-Length: 100\r\n\r\n', 'Transfer-Encoding: chunked\r\n\r\n5\r\n']) {
      await onWire(async (wire) => {
        await wire.send(`${RECHARGE}${head}{"am`);
        wire.end();
        expect(await wire.reply()).toBeNull();
      });
    }
    await onWire(async (wire) => {
      await wire.send(`${RECHARGE}Transfer-Encoding: chunked\r\n\r\nno number\r\n`);
      expect(brief(await wire.reply())).toEqual([400, '']);
    });
  });

  test('waits to be asked for is asked for', async () => {
    await onWire(async (wire) => {
      await wire.send(`${RECHARGE}Content-Length: 12\r\nExpect: 100-continue\r\n\r\n`);
      expect((await wire.reply())?.status).toBe(100);
      await wire.send('{"amount":0}');
      expect(brief(await wire.reply())).toEqual(failure(400, 'invalid recharge amount'));
    });
  });

  test('comes byte by byte is read', async () => {
    await onWire(async (wire) => {
      await wire.send(`${RECHARGE}Transfer-Encoding: chunked\r\n\r\n`);
      for (const byte of '{"amount":"é"}') {
        await wire.send(`${Buffer.byteLength(byte)}\r\n${byte}\r\n`);
      }
      await wire.send('0\r\n\r\n');
      expect(brief(await wire.reply())).toEqual(failure(400, 'invalid recharge amount'));
    });
  });
});

describe('headers', () => {
  test('of 100 KiB are let in: a token so long is no token, and what nobody reads is ignored', async () => {
    const long = '1'.repeat(100 * 1024);
    await onWire(async (wire) => {
      const polled = { method: 'GET', target: '/v1/queue-status/users/1', headers: { 'TOKEN-ID': long } };
      expect(brief(await wire.ask(polled))).toEqual(failure(401, 'invalid token'));
      const padded = { method: 'GET', target: '/health', headers: { 'X-Padding': long } };
      expect(brief(await wire.ask(padded))).toEqual([200, UP]);
    });
  });

  test('that hold a host which is none spoil no answer', async () => {
    for (const host of ['[', 'a b', 'a/b?c', 'x', '😀', '']) {
      await onWire(async (wire) => {
        const ask = (method: string, target: string) => wire.ask({ method, target, headers: { Host: host } });
        expect(brief(await ask('GET', '/health'))).toEqual([200, UP]);
        expect(brief(await ask('POST', '/health'))).toEqual(failure(405, 'method not allowed'));
        expect(brief(await ask('GET', '/v1/none'))).toEqual(failure(404, 'not found'));
        expect(brief(await ask('GET', '/v1/reservations/users/1?limit=0'))).toEqual(
          failure(400, 'invalid limit'),
        );
      });
    }
  });

  test('are not needed by HTTP/1.0', async () => {
    await onWire(async (wire) => {
      await wire.send('GET /health HTTP/1.0\r\n\r\n');
      expect(brief(await wire.reply())).toEqual([200, UP]);
      expect(await wire.reply()).toBeNull();
    });
  });
});

// Bun answers these before it asks the service: by a status alone, or not at all, and closes the connection.
const BELOW: [what: string, bytes: string, status: number | undefined][] = [
  ['a line that is no request', 'hello\r\n\r\n', 400],
  ['the first bytes of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n', 400],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['another version', `GET /health HTTP/9.9\r\n${HOST}\r\n`, 505],
  ['no version', 'GET /health\r\n\r\n', 505],
  ['a NUL byte in the path', `GET /v1/\0 HTTP/1.1\r\n${HOST}\r\n`, 505],
  ['a space in the path', `GET /v1/a b HTTP/1.1\r\n${HOST}\r\n`, 505],
  ['a path without a slash', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['a method that HTTP does not know', `FETCH /health HTTP/1.1\r\n${HOST}\r\n`, undefined],
  ['a method in small letters', `get /health HTTP/1.1\r\n${HOST}\r\n`, undefined],
  ['no host', 'GET /health HTTP/1.1\r\n\r\n', 400],
  ['a NUL byte in a header', `GET /health HTTP/1.1\r\n${HOST}A: \0\r\n\r\n`, 400],
  ['a header without a colon', `GET /health HTTP/1.1\r\n${HOST}A\r\n\r\n`, 400],
  ['a folded header', `GET /health HTTP/1.1\r\n${HOST}A: b\r\n c\r\n\r\n`, 400],
  ['200 headers', `GET /health HTTP/1.1\r\n${HOST}${'A: b\r\n'.repeat(200)}\r\n`, 431],
  ['headers past 128 KiB', `GET /health HTTP/1.1\r\n${HOST}A: ${'b'.repeat(128 * 1024)}\r\n\r\n`, 431],
  ['a path past 128 KiB', `GET /${'a'.repeat(128 * 1024)} HTTP/1.1\r\n${HOST}\r\n`, 431],
  [
    'a length and chunks',
    `${RECHARGE}Content-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ['two lengths', `${RECHARGE}Content-Length: 12\r\nContent-Length: 2\r\n\r\n${SMUGGLED}`, 400],
  ['a length that is none', `${RECHARGE}Content-Length: 0x0c\r\n\r\n${SMUGGLED}`, 400],
  ['a negative length', `${RECHARGE}Content-Length: -1\r\n\r\n${SMUGGLED}`, 400],
  ['a length of 20 digits', `${RECHARGE}Content-Length: 12345678901234567890\r\n\r\n${SMUGGLED}`, 400],
  ['a coding that is not chunked', `${RECHARGE}Transfer-Encoding: gzip\r\n\r\n${SMUGGLED}`, 400],
];

for (const [what, bytes, status] of BELOW) {
  test(`${what} is no HTTP that we can answer: the connection is closed`, async () => {
    await onWire(async (wire) => {
      await wire.send(bytes);
      const reply = await wire.reply();
      expect([reply?.status, reply?.body ?? '']).toEqual([status, '']);
      if (reply !== null) expect(await wire.reply()).toBeNull();
    });
  });
}
