/** Writes an instant as `yyyy-MM-ddTHH:mm:ss` in the service's zone. */
export type WriteTime = (at: number) => string;

/** Reads such a text; null when it is of another form, or no clock in the zone ever shows it. */
export type ReadTime = (text: string) => number | null;

/** The form of a time, from 1970 to 9999. */
export const TIME_PATTERN = '^(19[7-9]|[2-9][0-9]{2})[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$';

const SECOND_MS = 1000;
const TEXTS_MAX = 10_000;
const DAY_MS = 24 * 3600 * SECOND_MS;
const FORM = new RegExp(TIME_PATTERN);

/**
 * Makes a writer for a zone. Asking the zone's rules is slow, and most of what is written lies in a few minutes, so the
 * text of each second is remembered. Throws a RangeError when there is no such zone.
 */
export function timeWriter(timeZone: string): WriteTime {
  // Swedes write dates as the contract does, but for a space in the place of the T.
  const zone = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const texts = new Map<number, string>();
  return (at) => {
    const second = Math.floor(at / SECOND_MS);
    let text = texts.get(second);
    if (text === undefined) {
      if (texts.size >= TEXTS_MAX) texts.clear();
      text = zone.format(second * SECOND_MS).replace(' ', 'T');
      texts.set(second, text);
    }
    return text;
  };
}

/**
 * Makes a reader for a zone, the inverse of its writer. A time that summer time leaves out is none; of the two instants
 * that have the same time, it is the earlier. Throws a RangeError when there is no such zone.
 */
export function timeReader(timeZone: string): ReadTime {
  const write = timeWriter(timeZone);
  return (text) => {
    if (!FORM.test(text)) return null;
    const asIfUtc = utcOf(text);
    // A zone is as far from UTC as it was a day before or as it will be a day later, whenever its clocks are changed.
    const instants = [asIfUtc - DAY_MS, asIfUtc + DAY_MS].map((at) => asIfUtc - (utcOf(write(at)) - at));
    const shown = instants.filter((at) => write(at) === text);
    return shown.length === 0 ? null : Math.min(...shown);
  };
}

/** The instant at which UTC shows a text. A day or an hour that is none becomes another one, which is written otherwise. */
function utcOf(text: string): number {
  const [year = 0, month = 0, ...rest] = text.split(/[-T:]/).map(Number);
  return Date.UTC(year, month - 1, ...rest);
}
