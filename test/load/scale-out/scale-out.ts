import { readConfig } from '../../../src/config.ts';
import { alignColumns } from '../figures.ts';
import type { Bench, Findings } from '../part.ts';
import { remark, verdict, whole } from '../report.ts';
import type { Walk } from './buyer.ts';
import { type OnSale, type Sale, sell } from './crowd.ts';
import { ChosenFaults } from './faults.ts';
import { type Bill, billOf, totalOf } from './prices.ts';
import { type Ended, runEveryWalk, runTrial, runWalk } from './trial.ts';
import { WRITTEN_ROWS } from './written-rows.ts';

/** What the platform says that one object can serve: a soft limit, by its page of limits. */
const REQUESTS_PER_SECOND_MAX = 1_000;
const SEEDS = 2_000;
const CROWDS = [100_000, 1_000_000];
const CONCERTS = [1, 10, 100];
const ACCOUNT_OBJECTS = 64;
/** The rules' defaults. */
const POLICY = readConfig({}).policy;
const HALL: Omit<OnSale, 'users'> = { arrivalSeconds: 60, seats: 10_000, places: 50, policy: POLICY };
const ARRIVALS_SECONDS = [10, 60, 600];
/** Enough for a sale to outlast the longest of these arrivals. */
const SEATS_FOR_LONG = 40_000;

/** A line and an object for each concert, accounts in objects of their own: is it exact, and what does it carry and cost? */
export async function measureScaleOut({ progress }: Bench): Promise<Findings> {
  progress(0, 'payments across two objects');
  const payments = tellPayments();
  progress(0.4, 'crowds');
  const crowds = tellCrowds();
  progress(0.8, 'the largest crowd that fits');
  return { text: [...payments, ...crowds, ...tellWhatFits(), ''].join('\n'), outcomes: [] };
}

function tellPayments(): string[] {
  const held = walked('hold');
  const paid = walked('pay');
  const every = runEveryWalk();
  const trials = Array.from({ length: SEEDS }, (_, index) => runTrial(index + 1));
  const wrong = [...trials.map((trial) => trial.wrong), every.wrong].filter((what) => what !== undefined);
  const messages = paid.messages - held.messages;
  // What a hold that is not paid for writes when it ends is not saved by paying.
  const commits = commitsOf(paid.ended) - commitsOf(held.ended) + 1;
  const rows = rowsOf(paid.ended) - rowsOf(held.ended) + WRITTEN_ROWS.free;
  const rowsOfOne = WRITTEN_ROWS.debit + WRITTEN_ROWS.paid;
  const count = trials.reduce((sum, trial) => sum + trial.payments, 0);
  return [
    'A payment across two objects',
    remark(`${messages} messages in ${messages / 2} round trips, ${commits} commits, ${rows} rows written`),
    remark(`in one object: 2 messages in 1 round trip, 1 commit, ${rowsOfOne} rows written`),
    verdict(
      wrong.length === 0,
      `exact in ${whole(SEEDS)} runs with ${whole(count)} payments, and in ${whole(every.walks)} with chosen faults`,
    ),
    ...wrong.slice(0, 5).map((what) => remark(what)),
    '',
  ];
}

function walked(walk: Walk): { readonly messages: number; readonly ended: Ended } {
  const faults = new ChosenFaults();
  const ended = runWalk(walk, faults);
  return { messages: faults.messages, ended };
}

function commitsOf({ accounts, concerts }: Ended): number {
  return accounts.commits + concerts.commits;
}

function rowsOf({ accounts, concerts }: Ended): number {
  return accounts.rows + concerts.rows;
}

function tellCrowds(): string[] {
  const sales = new Map<number, Sale>();
  const saleFor = (users: number): Sale => {
    const sale = sales.get(users) ?? sell({ ...HALL, users });
    sales.set(users, sale);
    return sale;
  };
  const heading = [
    'users',
    'concerts',
    'seconds',
    'concert: peak',
    'all there',
    'average',
    'account: peak',
    'average',
    'fits',
    ...['Workers', 'requests', 'duration', 'rows', 'KV', 'together'].map((item) => `${item}, $`),
  ];
  const rows = CROWDS.flatMap((users) =>
    CONCERTS.map((concerts) => crowdRow(users, concerts, saleFor(users / concerts))),
  );
  return [
    `All concerts at once, 10,000 seats each; everyone comes within a minute; ${ACCOUNT_OBJECTS} objects have the accounts. Requests/s`,
    ...alignColumns([heading, ...rows], '  '),
    '',
  ];
}

function crowdRow(users: number, concerts: number, sale: Sale): string[] {
  const { seconds, ofConcert, ofAccounts } = sale;
  const perAccountObject = concerts / ACCOUNT_OBJECTS;
  const peaks = [Math.max(...ofConcert), Math.max(...ofAccounts) * perAccountObject];
  const averages = [sum(ofConcert) / seconds, (sum(ofAccounts) / seconds) * perAccountObject];
  const [ofConcertPeak = 0, ofAccountPeak = 0] = peaks;
  const [ofConcertAverage = 0, ofAccountAverage = 0] = averages;
  const bill = billFor(concerts, sale);
  return [
    whole(users),
    whole(concerts),
    whole(seconds),
    whole(ofConcertPeak),
    // The first poll of the last to come may be a second later.
    whole(Math.max(...ofConcert.slice(HALL.arrivalSeconds + 1))),
    whole(ofConcertAverage),
    whole(ofAccountPeak),
    whole(ofAccountAverage),
    Math.max(...peaks) <= REQUESTS_PER_SECOND_MAX ? 'yes' : 'no',
    ...[bill.workers, bill.requests, bill.duration, bill.rows, bill.kv, totalOf(bill)].map((dollars) =>
      dollars.toFixed(2),
    ),
  ];
}

function billFor(concerts: number, sale: Sale): Bill {
  const { seconds, ofConcert, ofAccounts, workerRequests, rowsWritten, kvReads } = sale;
  return billOf({
    workerRequests: concerts * workerRequests,
    objectRequests: concerts * (sum(ofConcert) + sum(ofAccounts)),
    objectSeconds: (concerts + ACCOUNT_OBJECTS) * seconds,
    // The row of the user.
    rowsRead: concerts * sum(ofAccounts),
    rowsWritten: concerts * rowsWritten,
    kvReads: concerts * kvReads,
  });
}

function tellWhatFits(): string[] {
  return [
    `The largest crowd of which a concert's object is asked no more than ${whole(REQUESTS_PER_SECOND_MAX)} times in any second`,
    ...ARRIVALS_SECONDS.map((seconds) =>
      remark(`when it comes within ${whole(seconds)} s: ${whole(largestCrowd(seconds))} users`),
    ),
  ];
}

/** To a hundred. */
function largestCrowd(arrivalSeconds: number): number {
  let fits = 0;
  let exceeds = REQUESTS_PER_SECOND_MAX * arrivalSeconds;
  while (exceeds - fits > 100) {
    const users = Math.round((fits + exceeds) / 200) * 100;
    const { ofConcert } = sell({ ...HALL, seats: SEATS_FOR_LONG, arrivalSeconds, users });
    if (Math.max(...ofConcert) <= REQUESTS_PER_SECOND_MAX) fits = users;
    else exceeds = users;
  }
  return fits;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
