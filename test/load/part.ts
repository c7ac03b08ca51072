import type { LineDatabases } from './line/databases.ts';
import type { Seen } from './plan.ts';
import type { Processes } from './processes.ts';

/** What every part of the bench works with. */
export interface Bench {
  readonly processes: Processes;
  readonly databases: LineDatabases;
}

/** What a part has to say, and what its clients saw. */
export interface Findings {
  readonly text: string;
  readonly outcomes: readonly Seen[];
}

/** A part of the bench, that measures one thing and needs no other part. */
export type Part = (bench: Bench) => Promise<Findings>;
