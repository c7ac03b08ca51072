import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { timeReader, timeWriter } from '../../src/http/time.ts';

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

/** Zones with summer time, of half hours and of whole days, in both halves of the year. */
const ZONES = [
  ...['UTC', 'Asia/Seoul', 'Asia/Kathmandu', 'America/New_York', 'Europe/London', 'Africa/Casablanca'],
  ...['Australia/Lord_Howe', 'Pacific/Apia', 'Pacific/Kiritimati', 'America/Santiago', 'Africa/Monrovia'],
];
const LAST_YEAR_ENDS = Date.parse('9999-12-30T00:00:00Z');

for (const zone of ZONES) {
  test(`what was written in ${zone} is read as the same second, or as the earlier one that looks the same`, () => {
    const write = timeWriter(zone);
    const read = timeReader(zone);
    const HOUR_MS = 3_600_000;
    let same = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          {
            weight: 3,
            arbitrary: fc.integer({ min: 24 * HOUR_MS, max: Date.parse('2040-01-01T00:00:00Z') }),
          },
          { weight: 1, arbitrary: fc.integer({ min: 24 * HOUR_MS, max: LAST_YEAR_ENDS }) },
        ),
        (at) => {
          const second = at - (at % 1000);
          const found = read(write(at));
          same += Number(found === second);
          if (found === null) return false;
          return found === second || (found < second && write(found) === write(second));
        },
      ),
      { numRuns: 2_000 },
    );
    expect(same).toBeGreaterThan(1_980);
  });
}

test('a time that summer time leaves out is none, to the second', () => {
  const read = timeReader('America/New_York');
  const begins = Date.parse('2026-03-08T07:00:00Z');
  expect(read('2026-03-08T01:59:59')).toBe(begins - 1000);
  expect(read('2026-03-08T02:00:00')).toBeNull();
  expect(read('2026-03-08T02:59:59')).toBeNull();
  expect(read('2026-03-08T03:00:00')).toBe(begins);
  expect(timeReader('Australia/Lord_Howe')('2026-10-04T02:15:00')).toBeNull();
  expect(timeReader('Pacific/Apia')('2011-12-30T12:00:00')).toBeNull();
});

test('of a time that comes twice the earlier is meant', () => {
  const read = timeReader('America/New_York');
  const ends = Date.parse('2026-11-01T06:00:00Z');
  expect(read('2026-11-01T00:59:59')).toBe(ends - 3_600_000 - 1000);
  expect(read('2026-11-01T01:00:00')).toBe(ends - 3_600_000);
  expect(read('2026-11-01T01:59:59')).toBe(ends - 1000);
  expect(read('2026-11-01T02:00:00')).toBe(ends + 3_600_000);
});

test('a leap day is a day in a leap year only', () => {
  const read = timeReader('Asia/Seoul');
  expect(read('2028-02-29T10:00:00')).toBe(Date.parse('2028-02-29T01:00:00Z'));
  expect(read('2000-02-29T10:00:00')).toBe(Date.parse('2000-02-29T01:00:00Z'));
  expect(read('2026-02-29T10:00:00')).toBeNull();
  expect(read('2100-02-29T10:00:00')).toBeNull();
});

test('years are from 1970 to 9999, whichever side of the world the zone is on', () => {
  for (const [zone, hours] of [
    ['UTC', 0],
    ['Pacific/Kiritimati', 14],
    ['Pacific/Pago_Pago', -11],
  ] as const) {
    const read = timeReader(zone);
    expect(read('9999-12-31T23:59:59')).toBe(Date.parse('9999-12-31T23:59:59Z') - hours * 3_600_000);
    expect(read('1970-01-01T00:00:00')).toBeNumber();
    expect(read('1969-12-31T23:59:59')).toBeNull();
    expect(read('0001-01-01T00:00:00')).toBeNull();
  }
});

test('a text of another form is no time', () => {
  const read = timeReader('UTC');
  for (const text of [
    ...['', 'tomorrow', '2026-08-04', '2026-08-04T10:00', '2026-08-04 10:00:00', '2026-8-4T10:00:00'],
    ...[
      '2026-08-04T10:00:00Z',
      '2026-08-04T10:00:00.000',
      '2026-08-04T10:00:00+09:00',
      ' 2026-08-04T10:00:00',
    ],
    ...['2026-08-04T24:00:00', '2026-08-04T10:60:00', '2026-08-04T10:00:60', '2026-13-01T10:00:00'],
    ...['2026-00-01T10:00:00', '2026-04-31T10:00:00', '2026-04-00T10:00:00', '12026-08-04T10:00:00'],
    ...['2026-08-04T10:00:00\n', '２026-08-04T10:00:00', '-2026-08-04T10:00:0', '2026-08-04t10:00:00'],
  ]) {
    expect([text, read(text)]).toEqual([text, null]);
  }
});
