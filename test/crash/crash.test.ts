import { expect, setDefaultTimeout, test } from 'bun:test';
import { run } from './run.ts';

setDefaultTimeout(120_000);

test('killed 20 times, it comes back each time with what it acknowledged, once, and with nothing else', async () => {
  const tally = await run({ rounds: 20, seed: 1 });
  expect(tally.of('killed with several calls unanswered')).toBeGreaterThan(0);
});
