import type { ObserveRoute } from '../http/requests.ts';

const NAME = 'seatline_http_request_duration_seconds';
const HELP = 'From the arrival of a request to its answer; for a stream of events, until it opens.';
/** In seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const STATUSES_MAX = 600;

interface Series {
  readonly labels: string;
  /** How many fell under each bound and not under the one before; the last, how many were above all. */
  readonly counts: Float64Array;
  sum: number;
}

/**
 * Requests and how long they took, by route and status. It is counted on every request, which a few numbers in an array
 * are for nothing, while the library's histogram takes as long as the rest of what is done around a request.
 */
export class RequestDurations {
  private readonly all: Series[] = [];

  readonly observeRoute: ObserveRoute = (method, route) => {
    const byStatus: (Series | undefined)[] = new Array(STATUSES_MAX).fill(undefined);
    return (status, durationMs) => {
      let series = byStatus[status];
      if (series === undefined) {
        series = this.add(`method="${method}",route="${route}",status="${status}"`);
        byStatus[status] = series;
      }
      const seconds = durationMs / 1000;
      let bucket = 0;
      while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] as number)) bucket++;
      series.counts[bucket] = (series.counts[bucket] as number) + 1;
      series.sum += seconds;
    };
  };

  /** In Prometheus' text format. */
  text(): string {
    const lines = this.all.flatMap(({ labels, counts, sum }) => {
      let below = 0;
      const buckets = Array.from(counts, (count, index) => {
        below += count;
        return `${NAME}_bucket{${labels},le="${BOUNDS[index] ?? '+Inf'}"} ${below}`;
      });
      return [...buckets, `${NAME}_sum{${labels}} ${sum}`, `${NAME}_count{${labels}} ${below}`];
    });
    return [`# HELP ${NAME} ${HELP}`, `# TYPE ${NAME} histogram`, ...lines, ''].join('\n');
  }

  private add(labels: string): Series {
    const series = { labels, counts: new Float64Array(BOUNDS.length + 1), sum: 0 };
    this.all.push(series);
    return series;
  }
}
