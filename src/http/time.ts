/** Writes an instant as `yyyy-MM-ddTHH:mm:ss` in the service's zone. */
export type WriteTime = (at: number) => string;

const SECOND_MS = 1000;
const TEXTS_MAX = 10_000;

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
