import type { LineDatabases } from './line/databases.ts';
import type { Seen } from './plan.ts';
import type { Processes } from './processes.ts';
import type { Spread } from './spread.ts';

/** What every part of the bench works with. */
export interface Bench {
  readonly processes: Processes;
  readonly databases: LineDatabases;
  /** Tells how far a part has come, from 0 to 1, and what it does next. */
  readonly progress: (done: number, next: string) => void;
}

/** A number that the bench shows, and what is asked of its median. */
export interface Figure {
  readonly name: string;
  readonly spread: Spread;
  /** What it is counted in; empty for a ratio. */
  readonly unit: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** How much of one core the load used at most, where that may be what was measured. */
  readonly driverBusy?: number;
}

export interface Axis {
  readonly label: string;
  readonly isLogarithmic?: boolean;
}

export interface Plot {
  readonly title: string;
  /** What there is to see, in a sentence. */
  readonly shows?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly (readonly [x: number, y: number])[];
  }[];
}

/** What a part has to say, and what its clients saw. */
export interface Findings {
  readonly text: string;
  readonly outcomes: readonly Seen[];
  readonly figures?: readonly Figure[];
  readonly plots?: readonly Plot[];
}

/** A part of the bench, that measures one thing and needs no other part. */
export type Part = (bench: Bench) => Promise<Findings>;
