/** Writes an instant as `yyyy-MM-ddTHH:mm:ss` in the service's zone. */
export type WriteTime = (at: number) => string;

/** Offsets change on quarter hours only, in every zone there is. */
const QUARTER_HOUR_MS = 15 * 60_000;
const OFFSETS_MAX = 10_000;

/**
 * Makes a writer for a zone. Asking the zone's rules is slow, so the offset of each quarter hour is remembered.
 * Throws a RangeError when there is no such zone.
 */
export function timeWriter(timeZone: string): WriteTime {
  const zone = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const offsetAt = (at: number): number => {
    const parts = Object.fromEntries(zone.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - at;
  };
  const offsets = new Map<number, number>();
  return (at) => {
    const quarter = at - (at % QUARTER_HOUR_MS);
    let offset = offsets.get(quarter);
    if (offset === undefined) {
      if (offsets.size >= OFFSETS_MAX) offsets.clear();
      offset = offsetAt(quarter);
      offsets.set(quarter, offset);
    }
    return new Date(at + offset).toISOString().slice(0, 19);
  };
}
