import { expect, test } from 'bun:test';
import type { OpenAPIV3 } from 'openapi-types';
import { TestService } from '../support/service.ts';
import { type Plan, plansOf } from './plans.ts';
import { report } from './report.ts';
import { openNames, requestOf } from './request.ts';
import { fuzz, seedOfCommit } from './run.ts';
import { keptBytes, wrongsOf } from './verdict.ts';

/** A busy machine may take much longer than the minute that both runs take together. */
const RUN_MS_MAX = 600_000;

for (const [requests, whose, seed] of [
  [80_000, 'the same seed as always', 1],
  [20_000, 'a seed of this commit', seedOfCommit()],
] as const) {
  test(
    `${requests} requests from ${whose}, sound and broken, are each answered as documented, and nothing is left behind`,
    async () => {
      const outcome = await fuzz(seed, requests);
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

test('memory that grows by a kilobyte with each request is told from memory that goes up and down', () => {
  const swinging = Array.from({ length: 100 }, (_, look) => 120e6 + 10e6 * Math.sin(look));
  const growing = swinging.map((bytes, look) => bytes + 1_000 * 1_024 * look);
  expect(Math.abs(keptBytes(swinging, 100_000))).toBeLessThan(50);
  expect(Math.abs(keptBytes(growing, 100_000) - 1_024)).toBeLessThan(50);
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
