import type { Figure, Plot } from '../part.ts';
import { isSound, noFigure, percent, remark, row, verdict, whole } from '../report.ts';
import { MB } from '../resident.ts';
import { spreadOf } from '../spread.ts';
import type { Line } from './operator.ts';
import { type CrowdCount, type CrowdOutcome, type Ending, OPERATIONS } from './plan.ts';
import { SEATS, USERS } from './seed.ts';

const RESIDENT_MB_MAX = 400;
/** A driver that is busier measures itself. */
const BUSY_MAX = 0.95;

/** How the sale stood at one time. */
export type Moment = CrowdCount & Line;

export interface OnSale {
  readonly crowd: CrowdOutcome;
  readonly moments: readonly Moment[];
  readonly peakBytes: number;
  /** What the audit found, and in what the service and the crowd do not agree. */
  readonly faults: Readonly<Record<string, number>>;
}

const ENDINGS: readonly (readonly [Ending, string])[] = [
  ['bought', 'bought seats'],
  ['lapsed', 'let their hold lapse'],
  ['abandoned', 'abandoned the line'],
  ['left', 'left as there were no seats any more'],
  ['late', 'were too late: their token had run out'],
];

export function report({ crowd, moments, peakBytes, faults }: OnSale): string {
  const heading = `${whole(USERS)} users within ten seconds for ${whole(SEATS)} seats`;
  const seen = { failures: { ...crowd.failures, ...faults } };
  if (!isSound(seen)) return [heading, noFigure('seatline', [seen]), ''].join('\n');
  const { soldOutSeconds, driverBusy, seconds, replies } = crowd;
  const busiest = Math.max(...moments.map(({ busy }) => busy));
  return [
    heading,
    verdict(
      soldOutSeconds !== null,
      soldOutSeconds === null
        ? 'not sold out'
        : `sold out ${soldOutSeconds.toFixed(1)} s after the first came`,
    ),
    verdict(
      peakBytes <= RESIDENT_MB_MAX * MB,
      `${whole(peakBytes / MB)} MB resident at most, required ${RESIDENT_MB_MAX}`,
    ),
    remark('the audit is clean, and what was sold is what each user was told, seat by seat'),
    remark(
      `the driver used ${percent(driverBusy)} of a core, ${percent(busiest)} in its busiest second` +
        (busiest > BUSY_MAX ? ': it measured itself then' : ''),
    ),
    remark(
      `${whole(replies / seconds)} requests/s over ${seconds.toFixed(1)} s, ${whole(Math.max(...requestRates(moments).map(([, rate]) => rate)))} in the busiest second`,
    ),
    remark(`${whole(admittedPerSecond(crowd, moments))} admitted/s until it was sold out`),
    '',
    row(['latency, ms', 'answers', 'p50', 'p99', 'max']),
    ...OPERATIONS.map((operation) => {
      const { replies: answers, p50Ms, p99Ms, maxMs } = crowd.operations[operation];
      return row([operation, whole(answers), ...[p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1))]);
    }),
    '',
    ...ENDINGS.map(([ending, words]) => remark(`${whole(crowd.endings[ending])} ${words}`)),
    '',
    'what they were refused',
    ...Object.entries(crowd.refusals).map(([refusal, times]) => remark(`${refusal}: ${whole(times)} times`)),
    '',
  ].join('\n');
}

/** Over the seconds since the first came. */
export function plotsOf({ moments }: OnSale): Plot[] {
  const line = (name: string, of: (moment: Moment) => number) => ({
    name,
    points: moments.map((moment) => [moment.seconds, of(moment)] as const),
  });
  const plot = (title: string, y: string, lines: Plot['lines']): Plot => ({
    title: `The on-sale: ${title}`,
    x: { label: 'seconds' },
    y: { label: y },
    lines,
  });
  return [
    plot('in line', 'users', [line('waiting', ({ waiting }) => waiting)]),
    plot('in the shop', 'users, seats', [
      line('active', ({ active }) => active),
      line('seats sold', ({ seatsSold }) => seatsSold),
    ]),
    plot('requests', 'requests/s', [{ name: 'answered', points: requestRates(moments) }]),
  ];
}

export function figuresOf({ crowd, moments, peakBytes }: OnSale): Figure[] {
  const sold = crowd.owners.filter((userId) => userId !== 0).length;
  const { soldOutSeconds } = crowd;
  return [
    { ...figure('seats sold', sold, 'seats'), atLeast: SEATS },
    ...(soldOutSeconds === null ? [] : [figure('sold out after', soldOutSeconds, 's')]),
    { ...figure('resident memory at most', peakBytes / MB, 'MB'), atMost: RESIDENT_MB_MAX },
    figure('requests', crowd.replies / crowd.seconds, '/s'),
    figure('admitted until sold out', admittedPerSecond(crowd, moments), '/s'),
    figure('driver, of one core', crowd.driverBusy * 100, '%'),
    ...OPERATIONS.flatMap((operation) => {
      const { p50Ms, p99Ms, maxMs } = crowd.operations[operation];
      return [
        figure(`${operation}, p50`, p50Ms, 'ms'),
        figure(`${operation}, p99`, p99Ms, 'ms'),
        figure(`${operation}, max`, maxMs, 'ms'),
      ];
    }),
  ];
}

function figure(name: string, value: number, unit: string): Figure {
  return { name: `on-sale: ${name}`, spread: spreadOf([value]), unit };
}

/** As many as were admitted by the moment before the last seat was sold, or at all. */
function admittedPerSecond({ soldOutSeconds }: CrowdOutcome, moments: readonly Moment[]): number {
  const last = moments.findLast(({ seconds }) => seconds <= (soldOutSeconds ?? Number.POSITIVE_INFINITY));
  return last === undefined ? Number.NaN : last.admitted / last.seconds;
}

/** Answers a second, from one moment to the next. */
function requestRates(moments: readonly Moment[]): (readonly [seconds: number, rate: number])[] {
  let before = { seconds: 0, replies: 0 };
  return moments.map((moment) => {
    const rate = (moment.replies - before.replies) / (moment.seconds - before.seconds);
    before = moment;
    return [moment.seconds, rate];
  });
}
