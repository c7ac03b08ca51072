import type { ConcertId } from '../ids.ts';
import type { Kv } from '../kv/kv.ts';
import type { Concert, Schedule } from './concert.ts';

export type ListedConcert = Pick<Concert, 'concertId' | 'concertName'>;

export type ListedSchedule = Pick<Schedule, 'scheduleId' | 'concertAt' | 'reservationAt'>;

/** A concert and its schedules by date. */
export interface ConcertPage extends ListedConcert {
  readonly schedules: readonly ListedSchedule[];
}

const LIST_KEY = 'concerts';
const pageKey = (concertId: ConcertId): string => `concerts/${concertId}`;

/** What is on sale, as readers may see it a little late: in KV, so that no read of it touches the database. */
export class Catalogue {
  /** Pages as they were last parsed, each with the text it came from: most reads find the same text again. */
  private readonly parsed = new Map<ConcertId, { readonly text: string; readonly page: ConcertPage }>();

  private written = Promise.resolve();

  constructor(private readonly kv: Kv) {}

  /** Null as long as nothing was published. */
  async concerts(): Promise<readonly ListedConcert[] | null> {
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

  /**
   * Writes these concerts as they are by now, and the list of all. `schedules` are those of all concerts. A later call
   * waits for an earlier one, so that what is newer is written last.
   */
  publish(
    concertIds: Iterable<ConcertId>,
    concerts: ReadonlyMap<ConcertId, Concert>,
    schedules: Iterable<Schedule>,
  ): Promise<void> {
    const byConcert = Map.groupBy(schedules, ({ concertId }) => concertId);
    const pages = [...concertIds].map((concertId): [ConcertId, string | null] => {
      const concert = concerts.get(concertId);
      return [concertId, concert?.status === 'ON_SALE' ? pageOf(concert, byConcert.get(concertId)) : null];
    });
    const onSale = [...concerts.values()].filter(({ status }) => status === 'ON_SALE');
    const list = JSON.stringify(onSale.map(listed));
    const write = async (): Promise<void> => {
      for (const [concertId, page] of pages) {
        if (page === null) await this.kv.delete(pageKey(concertId));
        else await this.kv.put(pageKey(concertId), page);
      }
      await this.kv.put(LIST_KEY, list);
    };
    this.written = this.written.then(write, write);
    return this.written;
  }
}

function listed({ concertId, concertName }: Concert): ListedConcert {
  return { concertId, concertName };
}

/** What has no seats yet is not shown. */
function pageOf(concert: Concert, schedules: readonly Schedule[] = []): string {
  const shown = schedules
    .filter(({ layout }) => layout === null)
    .map(({ scheduleId, concertAt, reservationAt }) => ({ scheduleId, concertAt, reservationAt }))
    .toSorted((a, b) => a.concertAt - b.concertAt || a.scheduleId - b.scheduleId);
  const page: ConcertPage = { ...listed(concert), schedules: shown };
  return JSON.stringify(page);
}
