import { expect, test } from 'bun:test';
import type { OpenAPIV3 } from 'openapi-types';
import { TestService } from '../support/service.ts';
import { type Plan, plansOf } from './plans.ts';
import { report } from './report.ts';
import { openNames, requestOf } from './request.ts';
import { fuzz, seedOfCommit } from './run.ts';
import { bytesPerRequest, wrongsOf } from './verdict.ts';

const REQUESTS = 50_000;
/** A busy machine may take much longer than the minute that both runs take together. */
const RUN_MS_MAX = 600_000;

for (const [whose, seed] of [
  ['the same seed as always', 1],
  ['a seed of this commit', seedOfCommit()],
] as const) {
  test(
    `${REQUESTS} requests from ${whose}, sound and broken, are each answered as documented, and nothing is left behind`,
    async () => {
      const outcome = await fuzz(seed, REQUESTS);
      const wrongs = wrongsOf(outcome);
      const [first = '', repeat = ''] = report(outcome).split('\n');
      console.log(wrongs.length === 0 ? `${first}; ${repeat}` : report(outcome));
      expect(wrongs).toEqual([]);
    },
    RUN_MS_MAX,
  );
}

test('a seed makes the same requests each time, and another seed makes others', async () => {
  const service = await TestService.start();
  const document: OpenAPIV3.Document = (await service.get('/swagger/json')).body;
  await service.stop();
  const first = requestsOf(document, 1);
  expect(requestsOf(document, 1)).toEqual(first);
  expect(requestsOf(document, 2)).not.toEqual(first);
});

test('memory that grows by a kilobyte a request is a leak, and memory that goes up and down is none', () => {
  const swinging = Array.from({ length: 50 }, (_, index) => 100e6 + 10e6 * Math.sin(index));
  const growing = swinging.map((bytes, index) => bytes + index * 1_000 * 1_024);
  expect(bytesPerRequest(swinging, 1_000)).toBeLessThan(512);
  expect(bytesPerRequest(growing, 1_000)).toBeGreaterThan(512);
});

/** The first requests of a seed, with the same ids filled in. */
function requestsOf(document: OpenAPIV3.Document, seed: number): string[] {
  const plans = plansOf(document, seed);
  return Array.from({ length: 1_000 }, () => {
    const plan: Plan = plans.next().value;
    const numbers = openNames(plan).map((_, index) => index + 1);
    return Buffer.from(requestOf(plan, numbers).bytes).toString('latin1');
  });
}
