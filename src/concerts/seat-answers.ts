import { Compressor, type CompressorDeps } from '../http/compressor.ts';
import type { Negotiable } from '../http/negotiate.ts';
import type { WriteTime } from '../http/time.ts';
import type { ConcertId, ScheduleId } from '../ids.ts';
import type { ScheduleSeats } from './browse.ts';

export interface SeatAnswersDeps extends CompressorDeps {
  readonly writeTime: WriteTime;
  /** What the tags begin with; no other process may have it. */
  readonly idPrefix: () => string;
}

/** What a schedule is answered with as long as a request finds these seats at this time. */
interface Answer extends Negotiable {
  seats: string;
  readonly concertAt: number;
  /** The latest request that found them. */
  arrival: number;
}

/**
 * The last answer for each schedule: the seats come as JSON, made once for each state of the map. Its tag is weak: it
 * names the state and not the bytes, so that whoever has the state in any encoding need not take it again, and a proxy
 * that compresses keeps the tag.
 */
export class SeatAnswers {
  private readonly answers = new Map<ScheduleId, Answer>();
  private arrivals = 0;
  private made = 0;

  constructor(private readonly deps: SeatAnswersDeps) {}

  /** The number of a request, to be taken before it asks for the seats. */
  arrive(): number {
    return ++this.arrivals;
  }

  /** Answers the request of this number with the seats that it found, or with those of a later one that was faster. */
  answer(concertId: ConcertId, { schedule, seats }: ScheduleSeats, arrival: number): Negotiable {
    const { scheduleId, concertAt } = schedule;
    const last = this.answers.get(scheduleId);
    if (last !== undefined && last.arrival > arrival) return last;
    if (last?.seats === seats && last.concertAt === concertAt) {
      last.arrival = arrival;
      // Another text of the same seats would be compared letter by letter each time.
      last.seats = seats;
      return last;
    }
    const { writeTime, idPrefix } = this.deps;
    const content = {
      etag: `W/"${idPrefix()}-${(++this.made).toString(36)}"`,
      body: `{"concertId":${concertId},"concertAt":"${writeTime(concertAt)}","seats":${seats}}`,
    };
    const compressor = last?.compressor ?? new Compressor(this.deps, content);
    compressor.latest = content;
    const answer = { content, compressor, seats, concertAt, arrival };
    this.answers.set(scheduleId, answer);
    return answer;
  }
}
