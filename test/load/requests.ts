import type { Caller, Hall, Load, Payers, Sale, Users } from './plan.ts';
import { scatter, scatteredUser, tokenIdOf } from './scatter.ts';

/** Gives the connections of a load their requests. */
export interface Requests {
  /** The text of the next request on a connection; undefined when there is nothing left to ask for. */
  next(connection: number): string | undefined;
  readonly asked: number;
}

/** `asked` requests of the load have been made before. */
export function requestsOf(load: Load, asked: number): Requests {
  const textAt = textsOf(load);
  return {
    get asked() {
      return asked;
    },
    next(connection) {
      const text = textAt(asked, connection);
      if (text !== undefined) asked++;
      return text;
    },
  };
}

/** The text of the request at a step of a load, on a connection. */
type TextAt = (step: number, connection: number) => string | undefined;

function textsOf(load: Load): TextAt {
  switch (load.kind) {
    case 'get':
      return gets(load.requests);
    case 'reserve':
      return reservations(load.sale, load.callers, hallAfterHall(load.sale));
    case 'reserve-anywhere':
      return reservations(load.sale, load.callers, anywhere(load.sale, load.until));
    case 'recharge':
      return recharges(load.users);
    case 'poll':
      return polls(load.users);
    case 'join':
      return joins(load.users);
    case 'pay':
      return payments(load.payers);
    case 'contend':
      return contention(load.hall, load.callers);
  }
}

const HOST = 'Host: 127.0.0.1';

function gets(requests: readonly { path: string; tokenId: number }[]): TextAt {
  const texts = requests.map(({ path, tokenId }) => getText(path, tokenId));
  return (step) => texts[step % texts.length];
}

function polls(users: Users): TextAt {
  return (step) => {
    const userId = scatteredUser(step, users);
    return getText(`/v1/queue-status/users/${userId}`, tokenIdOf(userId));
  };
}

function recharges(users: Users): TextAt {
  const body = '{"amount":1}';
  return (step) =>
    `POST /v1/balance/users/${scatteredUser(step, users)}/recharge HTTP/1.1\r\n${HOST}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function joins(users: Users): TextAt {
  return (step) =>
    step < users.count
      ? `POST /v1/queue-tokens/users/${scatteredUser(step, users)} HTTP/1.1\r\n${HOST}\r\nContent-Length: 0\r\n\r\n`
      : undefined;
}

function payments(payers: Payers): TextAt {
  return (step) => {
    if (step >= payers.count) return undefined;
    const userId = scatteredUser(step, payers);
    const reservationId = payers.firstReservationId + step;
    return postText(`/v1/payments/users/${userId}`, tokenIdOf(userId), `{"reservationId":${reservationId}}`);
  };
}

function contention({ concertId, scheduleId, firstSeatId, seats }: Hall, callers: readonly Caller[]): TextAt {
  return (step, connection) => {
    const { userId, tokenId } = callers[connection % callers.length] ?? { userId: 0, tokenId: 0 };
    const seatId = firstSeatId + scatter(step, seats - 1);
    const choice = { userId, concertId, scheduleId, seatIds: [seatId, seatId + 1] };
    return postText('/v1/reservations', tokenId, JSON.stringify(choice));
  };
}

function postText(path: string, tokenId: number, body: string): string {
  return `POST ${path} HTTP/1.1\r\n${HOST}\r\nTOKEN-ID: ${tokenId}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function getText(path: string, tokenId: number): string {
  return `GET ${path} HTTP/1.1\r\n${HOST}\r\nTOKEN-ID: ${tokenId}\r\n\r\n`;
}

/** The pair of seats that is asked for at a step, counted through all halls; undefined when that was all. */
type PairAt = (step: number) => number | undefined;

/**
 * Every pair is asked for once, whatever connection asks: the halls are sold one after another, and within a hall the
 * pairs lie scattered, as when people choose their seats.
 */
function hallAfterHall(sale: Sale): PairAt {
  const pairs = pairsPerSchedule(sale);
  return (step) => (step < pairs * sale.schedules ? step - (step % pairs) + scatter(step, pairs) : undefined);
}

/** All halls are sold at once. What is asked for again must be free again. */
function anywhere(sale: Sale, until: number): PairAt {
  const pairs = pairsPerSchedule(sale) * sale.schedules;
  return (step) => (step < until ? scatter(step, pairs) : undefined);
}

function reservations(sale: Sale, callers: readonly Caller[], pairAt: PairAt): TextAt {
  const pairs = pairsPerSchedule(sale);
  const heads = callers.map(
    ({ tokenId }) =>
      `POST /v1/reservations HTTP/1.1\r\n${HOST}\r\nTOKEN-ID: ${tokenId}\r\nContent-Type: application/json\r\nContent-Length: `,
  );
  return (step, connection) => {
    const pair = pairAt(step);
    if (pair === undefined) return undefined;
    const scheduleId = sale.firstScheduleId + Math.floor(pair / pairs);
    const seatId = sale.firstSeatId + 2 * pair;
    const index = connection % callers.length;
    const body = `{"userId":${callers[index]?.userId},"concertId":${sale.concertId},"scheduleId":${scheduleId},"seatIds":[${seatId},${seatId + 1}]}`;
    return `${heads[index]}${body.length}\r\n\r\n${body}`;
  };
}

function pairsPerSchedule({ seatsPerSchedule }: Sale): number {
  if (seatsPerSchedule % 2 !== 0) throw new Error(`${seatsPerSchedule} seats cannot be sold in pairs`);
  return seatsPerSchedule / 2;
}
