import { expect, test } from 'bun:test';
import { timeWriter } from '../../src/http/time.ts';

test('an instant is written in the zone of the service, to the second, without a sign of the zone', () => {
  const at = Date.parse('2024-08-04T01:00:00.999Z');
  expect(timeWriter('UTC')(at)).toBe('2024-08-04T01:00:00');
  expect(timeWriter('Asia/Seoul')(at)).toBe('2024-08-04T10:00:00');
  expect(timeWriter('America/New_York')(at)).toBe('2024-08-03T21:00:00');
  expect(timeWriter('Asia/Kathmandu')(at)).toBe('2024-08-04T06:45:00');
  expect(timeWriter('Pacific/Kiritimati')(at)).toBe('2024-08-04T15:00:00');
});

test('midnight is hour 0 of the new day', () => {
  const write = timeWriter('Asia/Seoul');
  const midnight = Date.parse('2025-12-31T15:00:00Z');
  expect(write(midnight - 1)).toBe('2025-12-31T23:59:59');
  expect(write(midnight)).toBe('2026-01-01T00:00:00');
  expect(write(midnight + 1)).toBe('2026-01-01T00:00:00');
});

test('the hour that summer time leaves out is left out, and the one that it repeats stands twice', () => {
  const write = timeWriter('America/New_York');
  const begins = Date.parse('2026-03-08T07:00:00Z');
  expect(write(begins - 1)).toBe('2026-03-08T01:59:59');
  expect(write(begins)).toBe('2026-03-08T03:00:00');
  expect(write(begins + 1)).toBe('2026-03-08T03:00:00');
  const ends = Date.parse('2026-11-01T06:00:00Z');
  expect(write(ends - 1)).toBe('2026-11-01T01:59:59');
  expect(write(ends)).toBe('2026-11-01T01:00:00');
  expect(write(ends + 1)).toBe('2026-11-01T01:00:00');
});

test('a zone whose clocks move by half an hour is written right on both sides', () => {
  const write = timeWriter('Australia/Lord_Howe');
  const begins = Date.parse('2026-10-03T15:30:00Z');
  expect(write(begins - 1)).toBe('2026-10-04T01:59:59');
  expect(write(begins)).toBe('2026-10-04T02:30:00');
});

test('what is remembered of a zone is forgotten in time, and changes no answer', () => {
  const write = timeWriter('Europe/London');
  const zone = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Europe/London',
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const start = Date.parse('2026-01-01T00:00:00Z');
  // More quarter hours than are remembered at once, over both changes of the year; then the first ones again.
  const instants = Array.from({ length: 12_000 }, (_, index) => start + index * 45 * 60_000);
  for (const at of instants) write(at);
  for (const at of instants.filter((_, index) => index % 10 === 0)) {
    expect(write(at)).toBe(zone.format(at).replace(' ', 'T'));
  }
});

test('a zone that there is not is refused', () => {
  expect(() => timeWriter('Mars/Olympus')).toThrow(RangeError);
});
