import type { ConcertId } from '../ids.ts';
import type { Kv } from '../kv/kv.ts';
import type { Concert, Schedule } from './concert.ts';

/** A concert and its schedules by date. */
export interface ConcertPage extends Concert {
  readonly schedules: readonly Schedule[];
}

const LIST_KEY = 'concerts';
const pageKey = (concertId: ConcertId): string => `concerts/${concertId}`;

/** What is on sale, as readers may see it a little late: in KV, so that no read of it touches the database. */
export class Catalogue {
  /** Pages as they were last parsed, each with the text it came from: most reads find the same text again. */
  private readonly parsed = new Map<ConcertId, { readonly text: string; readonly page: ConcertPage }>();

  constructor(private readonly kv: Kv) {}

  /** Null as long as nothing was published. */
  async concerts(): Promise<readonly Concert[] | null> {
    return JSON.parse((await this.kv.get(LIST_KEY)) ?? 'null');
  }

  async concert(concertId: ConcertId): Promise<ConcertPage | null> {
    const text = await this.kv.get(pageKey(concertId));
    if (text === null) return null;
    const last = this.parsed.get(concertId);
    if (last?.text === text) return last.page;
    const page: ConcertPage = JSON.parse(text);
    this.parsed.set(concertId, { text, page });
    return page;
  }

  /** Writes every concert and its schedules, which come by date. */
  async publish(concerts: readonly Concert[], schedules: readonly Schedule[]): Promise<void> {
    for (const concert of concerts) {
      const page: ConcertPage = {
        ...concert,
        schedules: schedules.filter(({ concertId }) => concertId === concert.concertId),
      };
      await this.kv.put(pageKey(concert.concertId), JSON.stringify(page));
    }
    await this.kv.put(LIST_KEY, JSON.stringify(concerts));
  }
}
