import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '../support/seeded-random.ts';
import { Era } from './era.ts';
import { Tally } from './tally.ts';

const ROUNDS_PER_DATABASE = 10;

/**
 * Kills the service this many times, and checks each time that what comes back is what its clients were told. Throws
 * with the seed, the round, all differences and the place of the database, which is left for a look.
 */
export async function run({ rounds, seed }: { rounds: number; seed: number }): Promise<Tally> {
  const tally = new Tally();
  const random = new SeededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'seatline-crash-'));
  for (let first = 1; first <= rounds; first += ROUNDS_PER_DATABASE) {
    const file = join(folder, `from-round-${first}.db`);
    const lapsesSoon = random.next() < 0.5;
    const era = new Era(file, lapsesSoon, new SeededRandom(random.id()), tally);
    const last = Math.min(first + ROUNDS_PER_DATABASE - 1, rounds);
    let round = first;
    try {
      await era.begin();
      for (; round <= last; round++) await era.crash();
      await era.finish();
    } catch (cause) {
      await era.abandon();
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`seed ${seed}, round ${round} of ${rounds}, database ${file}:\n${text}`, { cause });
    }
    rmSync(file);
  }
  rmSync(folder, { recursive: true });
  return tally;
}
