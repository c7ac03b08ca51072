import { requestsOf } from '../requests.ts';
import type { Operation } from './trials.ts';

/** What a generator sends: the next requests of the load, so many at most, or those that come over and over. */
export function textsOf(
  { load, differing }: Operation,
  { asked, count }: { asked: number; count: number },
): string[] {
  const requests = requestsOf(load, differing === undefined ? asked : 0);
  const texts: string[] = [];
  while (texts.length < (differing ?? count)) {
    const text = requests.next(texts.length);
    if (text === undefined) break;
    texts.push(text);
  }
  return texts;
}
