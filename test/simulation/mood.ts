import type { SeededRandom } from '../support/seeded-random.ts';
import { ACTS, type Act } from './crowd.ts';
import type { CommitFault } from './faulty-database.ts';

const FAULTS: readonly CommitFault[] = [
  'fails',
  'answer lost',
  'request lost',
  'late',
  'killed after',
  'killed before',
];

/** What can happen for a while. Runs in which some things never happen reach what others hide. */
export interface Mood {
  readonly acts: readonly Act[];
  readonly faults: readonly CommitFault[];
  /** How likely each of these is in a step. */
  readonly faulty: number;
  readonly kill: number;
  readonly takeOver: number;
  readonly stall: number;
  readonly breakLoads: number;
  readonly loseReply: number;
  readonly operate: number;
  readonly rush: number;
  readonly jump: number;
  readonly boundary: number;
}

export function newMood(random: SeededRandom): Mood {
  const some = <T>(all: readonly T[], share: number): T[] => all.filter(() => random.next() < share);
  const one = (...chances: number[]): number => chances[Math.floor(random.next() * chances.length)] ?? 0;
  return {
    acts: some(ACTS, 0.85),
    faults: some(FAULTS, 0.6),
    faulty: one(0, 0, 0.05, 0.3),
    kill: one(0, 0, 0, 0.05),
    takeOver: one(0, 0, 0, 0.08),
    stall: one(0, 0, 0.1, 0.4),
    breakLoads: one(0, 0, 0.1),
    loseReply: one(0, 0.2, 0.6),
    operate: one(0, 0.1, 0.4),
    rush: one(0, 0, 0, 0.1),
    jump: one(0, 0, 0, 0.08),
    boundary: one(0, 0.05, 0.3),
  };
}
