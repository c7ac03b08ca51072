import type { Caller, Load, Sale } from './plan.ts';

/** Gives the connections of a load their requests. */
export interface Requests {
  /** The text of the next request on a connection; undefined when there is nothing left to ask for. */
  next(connection: number): string | undefined;
  readonly pairsAsked: number;
}

export function requestsOf(load: Load): Requests {
  return load.kind === 'get' ? getRequests(load.requests) : reservations(load.sale, load.callers);
}

const HOST = 'Host: 127.0.0.1';

function getRequests(requests: readonly { path: string; tokenId: number }[]): Requests {
  const texts = requests.map(
    ({ path, tokenId }) => `GET ${path} HTTP/1.1\r\n${HOST}\r\nTOKEN-ID: ${tokenId}\r\n\r\n`,
  );
  let asked = 0;
  return { next: () => texts[asked++ % texts.length], pairsAsked: 0 };
}

/** A prime that divides no number of pairs in use, so that stepping by it meets every pair of a hall once. */
const STRIDE = 9_973;

/**
 * Every pair is asked for once, whatever connection asks: the halls are sold one after another, and within a hall the
 * pairs lie scattered, as when people choose their seats.
 */
function reservations(sale: Sale, callers: readonly Caller[]): Requests {
  const pairsPerSchedule = sale.seatsPerSchedule / 2;
  if (!Number.isInteger(pairsPerSchedule) || pairsPerSchedule % STRIDE === 0) {
    throw new Error(`${sale.seatsPerSchedule} seats cannot be sold in pairs`);
  }
  const pairsMax = pairsPerSchedule * sale.schedules;
  const heads = callers.map(
    ({ tokenId }) =>
      `POST /v1/reservations HTTP/1.1\r\n${HOST}\r\nTOKEN-ID: ${tokenId}\r\nContent-Type: application/json\r\nContent-Length: `,
  );
  let asked = sale.pairsAsked;
  return {
    get pairsAsked() {
      return asked;
    },
    next(connection) {
      if (asked === pairsMax) return undefined;
      const hall = Math.floor(asked / pairsPerSchedule);
      const pair = ((asked % pairsPerSchedule) * STRIDE) % pairsPerSchedule;
      const seatId = sale.firstSeatId + hall * sale.seatsPerSchedule + 2 * pair;
      asked++;
      const index = connection % callers.length;
      const body = `{"userId":${callers[index]?.userId},"concertId":${sale.concertId},"scheduleId":${sale.firstScheduleId + hall},"seatIds":[${seatId},${seatId + 1}]}`;
      return `${heads[index]}${body.length}\r\n\r\n${body}`;
    },
  };
}
