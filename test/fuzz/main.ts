import { parseArgs } from 'node:util';
import { report } from './report.ts';
import { fuzz, seedOfCommit } from './run.ts';
import { wrongsOf } from './verdict.ts';

/** Sends requests made from the OpenAPI document to the service, sound and broken, and tells what it answered wrongly. */

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(seedOfCommit()) },
  },
});
const outcome = await fuzz(Number(values.seed), Number(values.requests));
const wrongs = wrongsOf(outcome);
console.log([report(outcome), ...wrongs].join('\n'));
process.exitCode = wrongs.length === 0 ? 0 : 1;
