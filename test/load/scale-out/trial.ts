import { SeededRandom } from '../../support/seeded-random.ts';
import { AccountObject } from './account-object.ts';
import { type Books, wrongAtTheEnd, wrongNow } from './books.ts';
import { Buyer, type Notes, Refunder, type Walk } from './buyer.ts';
import { ConcertObject } from './concert-object.ts';
import { Events } from './events.ts';
import { ChosenFaults, type Faults, RandomFaults } from './faults.ts';
import type { Spent, Surroundings } from './object.ts';

const CONCERTS = 2;
const SHARDS = 2;
const USERS = 4;
const SEATS = 4;
/** Faults end here; buyers that have not begun by then begin in peace. */
const STORM_MS = 90_000;
/** More than anything takes after the storm: the last messages that are late, and the longest chain of holds. */
const END_MS = 400_000;

/** The objects that a trial is made with: the right ones, or some that are broken on purpose. */
export interface Kinds {
  readonly Account: typeof AccountObject;
  readonly Concert: typeof ConcertObject;
}

export const RIGHT: Kinds = { Account: AccountObject, Concert: ConcertObject };

export interface Ended {
  /** What went wrong; undefined when everything is as it has to be. */
  readonly wrong: string | undefined;
  /** How often something came about that the faults are there to bring about. */
  readonly seen: ReadonlyMap<string, number>;
  readonly payments: number;
  readonly accounts: Spent;
  readonly concerts: Spent;
}

/** Two users at two concerts each, at once, with whatever goes wrong by this seed. */
export function runTrial(seed: number, kinds: Kinds = RIGHT): Ended {
  const random = new SeededRandom(seed);
  const trial = new Trial((events) => new RandomFaults(random, events, STORM_MS), kinds);
  trial.openDoors(random);
  return trial.run();
}

/** One user who walks so far, with nothing but these things going wrong. */
export function runWalk(walk: Walk, faults: Faults, kinds: Kinds = RIGHT): Ended {
  const trial = new Trial(() => faults, kinds);
  trial.letIn(walk);
  return trial.run();
}

/** How many more steps there are at most when an object has died and what it did is asked for again. */
const STEPS_MORE = 20;

/**
 * The walk through a payment and its refund, with a death at each step and at each two, and with a death at each step
 * and each message lost or repeated. Ends with the first walk that went wrong.
 */
export function runEveryWalk(kinds: Kinds = RIGHT): {
  readonly walks: number;
  readonly wrong: string | undefined;
} {
  const { steps, messages } = countedWalk(kinds);
  let walks = 0;
  for (let first = 1; first <= steps + STEPS_MORE; first++) {
    const faults = [
      ...upTo(steps + STEPS_MORE).map((second) => ({ deaths: [first, second] })),
      ...upTo(messages).flatMap((message) => [
        { deaths: [first], lost: [message] },
        { deaths: [first], repeated: [message] },
      ]),
    ];
    for (const chosen of faults) {
      const { wrong } = runWalk('refund', new ChosenFaults(chosen), kinds);
      walks++;
      if (wrong !== undefined) return { walks, wrong: `${JSON.stringify(chosen)}: ${wrong}` };
    }
  }
  return { walks, wrong: undefined };
}

function countedWalk(kinds: Kinds): ChosenFaults {
  const none = new ChosenFaults();
  runWalk('refund', none, kinds);
  return none;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

class Trial {
  private readonly events = new Events();
  private readonly seen = new Map<string, number>();
  private readonly around: Surroundings;
  private readonly accounts: readonly AccountObject[];
  private readonly concerts: readonly ConcertObject[];
  private readonly notes: Notes = { begun: new Map(), answered: new Map(), told: [] };
  private readonly books: Books;

  constructor(faults: (events: Events) => Faults, { Account, Concert }: Kinds) {
    const { events, seen } = this;
    this.around = {
      events,
      faults: faults(events),
      seen: (what) => seen.set(what, (seen.get(what) ?? 0) + 1),
    };
    this.accounts = Array.from({ length: SHARDS }, (_, n) => new Account(`accounts ${n}`, this.around));
    const accountOf = (userId: number): AccountObject => this.accountOf(userId);
    this.concerts = Array.from(
      { length: CONCERTS },
      (_, n) => new Concert(`concert ${n}`, this.around, accountOf),
    );
    this.books = { events, users: USERS, accountOf, concerts: this.concerts, notes: this.notes };
  }

  openDoors(random: SeededRandom): void {
    for (const concert of this.concerts) {
      const { name } = concert;
      for (let userId = 1; userId <= USERS; userId++) {
        const shop = { name, concert, account: this.accountOf(userId), seats: SEATS, notes: this.notes };
        const buyer = new Buyer(userId, shop, random, this.around);
        this.events.after((random.next() * STORM_MS) / 2, () => buyer.begin());
      }
      const refunder = new Refunder({ name, concert, notes: this.notes }, this.around);
      this.events.after(random.next() * STORM_MS, () => {
        const count = concert.reservations.size;
        if (count > 0) refunder.refund(1 + Math.floor(random.next() * count));
      });
    }
  }

  letIn(walk: Walk): void {
    const [concert] = this.concerts;
    if (concert === undefined) throw new Error('there is no concert');
    const { name } = concert;
    const shop = { name, concert, account: this.accountOf(1), seats: SEATS, notes: this.notes };
    new Buyer(1, shop, new SeededRandom(), this.around).walk(walk);
  }

  run(): Ended {
    let wrong: string | undefined;
    let commits = 0;
    while (wrong === undefined && this.events.now < END_MS && this.events.next()) {
      const before = commits;
      commits = this.spentBy(this.accounts).commits + this.spentBy(this.concerts).commits;
      if (commits > before) wrong = wrongNow(this.books);
    }
    wrong ??= wrongAtTheEnd(this.books);
    return {
      wrong,
      seen: this.seen,
      payments: this.notes.told.filter(({ answer }) => answer === 'paid').length,
      accounts: this.spentBy(this.accounts),
      concerts: this.spentBy(this.concerts),
    };
  }

  private spentBy(objects: readonly { readonly spent: Spent }[]): Spent {
    const sum = { requests: 0, commits: 0, rows: 0 };
    for (const { spent } of objects) {
      sum.requests += spent.requests;
      sum.commits += spent.commits;
      sum.rows += spent.rows;
    }
    return sum;
  }

  private accountOf(userId: number): AccountObject {
    const account = this.accounts[userId % SHARDS];
    if (account === undefined) throw new Error('there are no accounts');
    return account;
  }
}
