import autocannon, { type Request } from 'autocannon';
import type { Shot } from './generator.ts';

/** Where there is no wrk: the same requests, sent by autocannon. Reads what to do, and ends with the same line of JSON. */

const shot: Shot = await Bun.stdin.json();
const requests = shot.texts.map(requestOf);
let asked = 0;
let unexpected = 0;
const run = autocannon({
  url: `http://127.0.0.1:${shot.port}`,
  connections: shot.connections,
  duration: shot.seconds,
  requests: [
    {
      setupRequest: (request) => ({ ...request, ...requests[asked++ % requests.length] }),
      onResponse(status) {
        if (status !== 200 && status !== shot.expected) unexpected++;
      },
    },
  ],
});
const result = await run;
console.log(
  JSON.stringify({
    replies: result.requests.total,
    seconds: result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    maxMs: result.latency.max,
    asked,
    refused: result.non2xx,
    unexpected,
    broken: result.errors + result.timeouts,
  }),
);
process.exit(0);

/** What the text of a request says. */
function requestOf(text: string): Request {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [line = '', ...fields] = head.split('\r\n');
  const [method, path] = line.split(' ');
  const headers = Object.fromEntries(fields.map((field) => field.split(': ')));
  return { method, path, headers, body } as Request;
}
