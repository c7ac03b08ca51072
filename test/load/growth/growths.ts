import { join } from 'node:path';
import { LineDatabases } from '../line/databases.ts';
import { waiters } from '../line/seed.ts';
import { STANDSTILL } from '../line/start.ts';
import { ACTIVE, active } from '../sale/seed.ts';
import { type Season, saleOf, seedSeason } from './seed.ts';
import type { Series } from './series.ts';

/** Something that there may be more and more of, and what must not become slower by it. */
export interface Growth {
  readonly what: string;
  /** From the smallest to the largest. */
  readonly sizes: readonly number[];
  /** Writes a database of a size into a folder. Returns its URL. */
  write(folder: string, size: number): Promise<string>;
  /** How the service is started on it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly series: readonly Series[];
}

/** How many pairs of seats one schedule has, and so how many reservations a turn can make where there is only one. */
const PAIRS = 5_000;
const HOLD_SECONDS = 1;
/** Until the holds of the last turn have ended, and that is written down. */
const REST_MS = HOLD_SECONDS * 1000 + 400;

/** All slots are taken by those who reserve. */
const FULL = { QUEUE_MAX_ACTIVE: String(ACTIVE) };

/** Enough seats for one series on a fast machine. */
const HALLS = 30;

export const growths: readonly Growth[] = [
  {
    what: 'waiting',
    sizes: [1_000, 10_000, 100_000, 1_000_000],
    write: (folder, waiting) => new LineDatabases(folder).copy(waiting, `growth-${waiting}`),
    environment: STANDSTILL,
    series: [
      {
        name: 'status polls',
        connections: 256,
        passes: { first: 1, counted: 3 },
        seconds: { first: 1, counted: 0.4 },
        load: (waiting) => ({ kind: 'poll', users: waiters(waiting) }),
      },
    ],
  },
  {
    what: 'schedules',
    sizes: [1, 10, 100],
    write: (folder, onSale) => season(folder, { onSale, past: 0 }),
    // The seats that a turn takes are free again for the next.
    environment: { ...FULL, HOLD_SECONDS: String(HOLD_SECONDS) },
    series: [
      {
        name: 'seat maps of 10,000 seats',
        // A map is 0.8 MB: with more connections each of them would wait for the wire, once or twice in a turn.
        connections: 32,
        passes: { first: 1, counted: 3 },
        seconds: { first: 0.8, counted: 0.4 },
        load: (schedules) => ({ kind: 'get', requests: seatMaps(schedules) }),
      },
      {
        name: 'durable reservations of 2 seats, of all schedules at once',
        connections: 256,
        passes: { first: 1, counted: 3 },
        // It is over when the pairs are.
        seconds: { first: 10, counted: 10 },
        load: (onSale, pass) => ({
          kind: 'reserve-anywhere',
          sale: saleOf({ onSale }),
          callers: active,
          until: (pass + 1) * PAIRS,
        }),
        restMs: REST_MS,
      },
    ],
  },
  {
    what: 'past reservations',
    sizes: [10_000, 100_000, 1_000_000],
    write: (folder, past) => season(folder, { onSale: HALLS, past }),
    environment: FULL,
    series: [
      {
        name: 'durable reservations of 2 seats',
        connections: 256,
        passes: { first: 1, counted: 3 },
        seconds: { first: 1.5, counted: 0.4 },
        load: () => ({ kind: 'reserve', sale: saleOf({ onSale: HALLS }), callers: active }),
      },
    ],
  },
];

async function season(folder: string, content: Season): Promise<string> {
  const file = join(folder, `season-${content.onSale}-${content.past}.db`);
  await seedSeason(file, Date.now(), content);
  return `file:${file}`;
}

/** The schedules in turn, each of them asked for by everyone. */
function seatMaps(schedules: number): { path: string; tokenId: number }[] {
  return active.flatMap(({ tokenId }) =>
    Array.from({ length: schedules }, (_, index) => ({
      path: `/v1/concerts/1/schedules/${index + 1}/seats`,
      tokenId,
    })),
  );
}
