import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Events } from './events.ts';

/** What goes wrong, and when. */
export interface Faults {
  /** Whether an object dies at the step that it is at. */
  dies(): boolean;
  /** How long an object that died is away, in milliseconds. */
  awayMs(): number;
  /** In how many milliseconds each copy of a message arrives: none when it is lost, two when it is repeated. */
  arrivals(): readonly number[];
}

const USUAL_MS = 10;
const AWAY_MS = 500;
/** Longer than a payment waits for an account that is not heard of. */
const AWAY_MS_MAX = 60_000;
/** A message that is late may come after everything that it was about is over. */
const LATE_MS_MAX = 30_000;

/** At each step and to each message something may happen, as the seed says, until a time from which nothing does. */
export class RandomFaults implements Faults {
  private readonly dying: number;
  private readonly staying: number;
  private readonly losing: number;
  private readonly repeating: number;
  private readonly delaying: number;

  /** How likely each kind of fault is, the seed says as well: some hide what others show. */
  constructor(
    private readonly random: SeededRandom,
    private readonly events: Events,
    private readonly untilMs: number,
  ) {
    this.dying = this.oneOf(0, 0.01, 0.05, 0.1);
    this.staying = this.oneOf(0, 0.2, 0.5);
    this.losing = this.oneOf(0, 0.05, 0.3);
    this.repeating = this.oneOf(0, 0.05, 0.3);
    this.delaying = this.oneOf(0, 0.05, 0.5);
  }

  dies(): boolean {
    return this.happens(this.dying);
  }

  awayMs(): number {
    return this.happens(this.staying) ? this.random.next() * AWAY_MS_MAX : AWAY_MS;
  }

  arrivals(): number[] {
    if (this.happens(this.losing)) return [];
    return this.happens(this.repeating) ? [this.delay(), this.delay()] : [this.delay()];
  }

  private delay(): number {
    return this.random.next() * (this.happens(this.delaying) ? LATE_MS_MAX : 2 * USUAL_MS);
  }

  private happens(chance: number): boolean {
    return this.events.now < this.untilMs && this.random.next() < chance;
  }

  private oneOf(...chances: number[]): number {
    return chances[Math.floor(this.random.next() * chances.length)] ?? 0;
  }
}

/** Exactly these things go wrong: steps and messages are counted from 1. */
export class ChosenFaults implements Faults {
  steps = 0;
  messages = 0;

  constructor(
    private readonly chosen: {
      readonly deaths?: readonly number[];
      readonly lost?: readonly number[];
      readonly repeated?: readonly number[];
    } = {},
  ) {}

  dies(): boolean {
    this.steps++;
    return this.chosen.deaths?.includes(this.steps) ?? false;
  }

  awayMs(): number {
    return AWAY_MS;
  }

  arrivals(): number[] {
    this.messages++;
    if (this.chosen.lost?.includes(this.messages)) return [];
    return this.chosen.repeated?.includes(this.messages) ? [USUAL_MS, LATE_MS_MAX] : [USUAL_MS];
  }
}
