import { SeededRandom } from '../support/seeded-random.ts';
import { ONLY_SOURCES } from './tame.ts';

/** Numbers that belong together, by name: the user of a token, the schedule of a seat. */
export type Fact = Readonly<Record<string, number>>;

/** Only the latest of what each operation told are kept: tokens end, and seats are sold. */
const FACTS_MAX = 200;
/** How many items of one list are learnt, so that a list of seats does not crowd out all lists before it. */
const ITEMS_MAX = 8;

/** One name for the same thing wherever it stands: `TOKEN-ID`, `tokenId`; `seatIds`, `seatId`. */
export function nameOf(field: string): string {
  return field
    .replaceAll(/[^a-z0-9]/gi, '')
    .toLowerCase()
    .replace(/s$/, '');
}

/** The numbers of an object, and of what it stands in. */
export function numbersOf(value: unknown, outer: Fact = {}): Fact {
  const numbers: Record<string, number> = { ...outer };
  for (const [field, item] of Object.entries(Object(value))) {
    if (typeof item === 'number' && Number.isSafeInteger(item)) numbers[nameOf(field)] = item;
  }
  return numbers;
}

/** A fact that a request was made with: what for, and which operation had told it. */
export interface Use {
  readonly name: string;
  readonly source: string;
  readonly fact: Fact;
}

/** What the answers so far have told, for requests that hang together with what there is. */
export class Facts {
  /** By the operation that told them. */
  private readonly facts = new Map<string, readonly Fact[]>();
  /** How often what one operation told for a field of another did any good. */
  private readonly trials = new Map<string, { tries: number; successes: number }>();
  private turn = 0;

  /** Learns from a request that succeeded, and from its answer. */
  learn(source: string, asked: unknown, answered: unknown): void {
    const told = this.factsIn(answered, numbersOf(asked)).filter((fact) => Object.keys(fact).length > 0);
    this.facts.set(source, [...(this.facts.get(source) ?? []), ...told].slice(-FACTS_MAX));
  }

  /** Forgets a number that is not good any more, wherever it has been told. */
  forget(name: string, number: number): void {
    for (const [source, known] of this.facts) {
      if (!known.some((fact) => fact[name] === number)) continue;
      const kept = known.map(({ [name]: told, ...others }) =>
        told === undefined || told === number ? others : { ...others, [name]: told },
      );
      this.facts.set(source, kept);
    }
  }

  /** Remembers whether the facts did for an operation. */
  weigh(operationId: string, uses: readonly Use[], isSuccess: boolean): void {
    for (const { name, source } of uses) {
      const key = `${operationId} ${name} ${source}`;
      const { tries, successes } = this.trials.get(key) ?? { tries: 0, successes: 0 };
      this.trials.set(key, { tries: tries + 1, successes: successes + (isSuccess ? 1 : 0) });
    }
  }

  /**
   * A number for each name, which belong together where facts tell so; the same name twice gets two numbers where there
   * are two. Undefined for what nothing is known of.
   */
  choose(operationId: string, names: readonly string[], seed: number) {
    const random = new SeededRandom(seed);
    const bound: Record<string, number> = {};
    const uses: Use[] = [];
    const numbers = new Array<number | undefined>(names.length).fill(undefined);
    for (const index of shuffled(names.length, random)) {
      const name = names[index] ?? '';
      const { [name]: known, ...others } = bound;
      if (known !== undefined && names.indexOf(name) === index) {
        numbers[index] = known;
        continue;
      }
      const use = this.find(operationId, name, others, numbers, random);
      numbers[index] = use?.fact[name] ?? this.anyNumber(random);
      if (use === undefined) continue;
      uses.push(use);
      for (const other of names) if (use.fact[other] !== undefined) bound[other] ??= use.fact[other];
    }
    return { numbers, uses };
  }

  /** The fact with this name that bears out the most of what is bound, and whose like has been of use. */
  private find(
    operationId: string,
    name: string,
    bound: Fact,
    taken: readonly (number | undefined)[],
    random: SeededRandom,
  ): Use | undefined {
    const others = Object.entries(bound);
    let best: Use | undefined;
    let most = Number.NEGATIVE_INFINITY;
    const only = ONLY_SOURCES[operationId];
    for (const [source, known] of this.facts) {
      if (only !== undefined && source !== only) continue;
      const worth = this.worth(`${operationId} ${name} ${source}`) + random.next();
      const begin = Math.floor(random.next() * known.length);
      for (let step = 0; step < known.length && most < worth + others.length; step++) {
        const fact = known[(begin + step) % known.length];
        if (fact?.[name] === undefined || taken.includes(fact[name])) continue;
        let score = worth;
        for (const [other, number] of others) {
          if (fact[other] !== undefined) score += fact[other] === number ? 1 : -1;
        }
        if (score <= most) continue;
        best = { name, source, fact };
        most = score;
      }
    }
    return best;
  }

  /** From 0 to 2; what has not been tried yet is worth a try. */
  private worth(key: string): number {
    const { tries, successes } = this.trials.get(key) ?? { tries: 0, successes: 0 };
    return (2 * (successes + 1)) / (tries + 1);
  }

  /** Some field has a name of its own for an id that others have told, such as `before`. */
  private anyNumber(random: SeededRandom): number | undefined {
    const all = [...this.facts.values()].filter((known) => known.length > 0);
    const known = all[Math.floor(random.next() * all.length)] ?? [];
    const numbers = Object.values(known[Math.floor(random.next() * known.length)] ?? {});
    return numbers[Math.floor(random.next() * numbers.length)];
  }

  /** The innermost objects of an answer, each with the numbers of what it stands in. */
  private factsIn(value: unknown, outer: Fact): Fact[] {
    if (typeof value !== 'object' || value === null) return [outer];
    const numbers = numbersOf(value, outer);
    const lists = Object.values(value).filter((item) => Array.isArray(item) && item.length > 0);
    if (lists.length === 0) return [numbers];
    return lists.flatMap((list: unknown[]) =>
      this.spread(list).flatMap((item) => this.factsIn(item, numbers)),
    );
  }

  /** A few items from all over a list, and others the next time. */
  private spread(list: readonly unknown[]): unknown[] {
    const items = Math.min(list.length, ITEMS_MAX);
    this.turn++;
    return Array.from(
      { length: items },
      (_, index) => list[(Math.floor((index * list.length) / items) + this.turn) % list.length],
    );
  }
}

function shuffled(length: number, random: SeededRandom): number[] {
  const order = Array.from({ length }, (_, index) => index);
  for (let at = length - 1; at > 0; at--) {
    const other = Math.floor(random.next() * (at + 1));
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
  return order;
}
