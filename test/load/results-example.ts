import type { Results } from './results.ts';

/** A run that never was, with all that a run can have. */
export const exampleResults: Results = {
  startedAt: '2026-07-01T10:00:00.000Z',
  seconds: 241.3,
  commit: '0123abc',
  machine: { cpu: 'Example CPU', cores: 2, memoryBytes: 8 * 2 ** 30, os: 'Linux 6.1 x86_64', bun: '1.4.5' },
  parts: [
    {
      name: 'operations',
      title: 'Single operations',
      text: 'token issue\n  PASS  0.66 of the bare route\n',
      isSound: true,
      driverBusy: 0.91,
      figures: [
        {
          name: 'reserve ÷ bare route',
          spread: { median: 0.7, min: 0.6, max: 0.8 },
          unit: '',
          atLeast: 0.75,
        },
        { name: 'p99 of reserve', spread: { median: 7, min: 6, max: 9 }, unit: 'ms', atMost: 10 },
        { name: 'seconds to sell out', spread: { median: 61.5, min: 61.5, max: 61.5 }, unit: 's' },
      ],
      plots: [],
    },
    {
      name: 'growth',
      title: 'Growth',
      text: 'flat\n',
      isSound: false,
      driverBusy: 0.4,
      figures: [],
      plots: [
        {
          title: 'Reservations a second by what was reserved before, in a hall of ten thousand seats',
          shows: 'What is sold already costs nothing.',
          x: { label: 'past reservations', isLogarithmic: true },
          y: { label: 'replies/s' },
          lines: [
            {
              name: 'reserve',
              points: [
                [10_000, 14_900],
                [100_000, 15_100],
                [1_000_000, 14_700],
              ],
            },
            {
              name: 'bare route',
              points: [
                [10_000, 19_000],
                [1_000_000, 19_200],
              ],
            },
            {
              name: 'transaction per request',
              points: [
                [10_000, 900],
                [100_000, 850],
                [1_000_000, 700],
              ],
            },
            {
              name: 'status poll',
              points: [
                [10_000, 22_000],
                [100_000, 21_500],
                [1_000_000, 21_800],
              ],
            },
          ],
        },
        {
          title: 'The on-sale, second by second',
          x: { label: 'seconds since the start' },
          y: { label: 'a second', isLogarithmic: true },
          lines: [
            {
              name: 'requests',
              points: Array.from(
                { length: 61 },
                (_, second) => [second, 9_000 + 900 * Math.sin(second / 7)] as const,
              ),
            },
            {
              name: 'seats sold',
              points: Array.from(
                { length: 61 },
                (_, second) => [second, 1 + 160 * Math.abs(Math.sin(second / 9))] as const,
              ),
            },
          ],
        },
      ],
    },
  ],
};
