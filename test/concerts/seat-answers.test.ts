import { beforeEach, expect, test } from 'bun:test';
import { SeatAnswers } from '../../src/concerts/seat-answers.ts';
import { gzip } from '../../src/http/gzip.ts';
import { timeWriter } from '../../src/http/time.ts';
import type { ConcertId, ScheduleId } from '../../src/ids.ts';
import { TestLog } from '../support/service.ts';

const concertId = 1 as ConcertId;

let answers: SeatAnswers;
beforeEach(() => {
  answers = new SeatAnswers({ writeTime: timeWriter('UTC'), idPrefix: () => 'x', gzip, log: new TestLog() });
});

const found = (seats: string, scheduleId = 1, concertAt = 0) => ({
  seats,
  schedule: { scheduleId: scheduleId as ScheduleId, concertAt, reservationAt: 0 },
});

const answered = (arrival: number, ...what: Parameters<typeof found>) =>
  answers.answer(concertId, found(...what), arrival).content;

test('a state keeps its answer, and another has another tag, also when the seats are as they were before', () => {
  const first = answered(answers.arrive(), '[1]');
  expect(first.body).toBe('{"concertId":1,"concertAt":"1970-01-01T00:00:00","seats":[1]}');
  expect(answered(answers.arrive(), '[1]')).toBe(first);
  const others = [
    answered(answers.arrive(), '[2]'),
    answered(answers.arrive(), '[1]'),
    answered(answers.arrive(), '[1]', 1, 1_000),
    answered(answers.arrive(), '[1]', 2),
  ];
  expect(new Set([first, ...others].map(({ etag }) => etag)).size).toBe(5);
  expect(others.map(({ body }) => JSON.parse(body).seats)).toEqual([[2], [1], [1], [1]]);
});

test('a request that is overtaken by a later one is answered with what that one found', () => {
  const [early, late] = [answers.arrive(), answers.arrive()];
  const newer = answered(late, '[2]');
  expect(answered(early, '[1]')).toBe(newer);
  // Nothing has changed for whoever found the same.
  const [earlier, later] = [answers.arrive(), answers.arrive()];
  expect(answered(later, '[2]')).toBe(newer);
  expect(answered(earlier, '[1]')).toBe(newer);
  expect(answered(answers.arrive(), '[1]').body).toContain('[1]');
});
