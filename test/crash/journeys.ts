import type { Client } from './client.ts';
import { listIn, numberIn, textIn } from './reply.ts';

/** Recharges up to this are granted, and those above are refused. */
export const RECHARGE_MAX = 1_000_000;

/** A recharge pays for any one reservation. */
const RECHARGE = 100_000;
const SEATS_MAX = 3;
/** Users choose among this many seats that they see as free, so that they fight over them. */
const CHOICE = 8;
const POLL_MS_MAX = 20;

interface Hold {
  readonly tokenId: number;
  readonly reservationId: number;
}

/** Goes from one journey to the next, for ever. Where nothing lapses soon, whoever gives up leaves the line instead. */
export async function live(client: Client, lapsesSoon: boolean): Promise<never> {
  for (;;) await journey(client, lapsesSoon);
}

async function journey(client: Client, lapsesSoon: boolean): Promise<void> {
  const tokenId = await join(client);
  if (client.chance(0.05)) return leave(client, tokenId);
  // Whoever does not wait for the turn is refused, unless it has come already.
  if (client.chance(0.05)) await reserve(client, tokenId);
  if (!(await turn(client, tokenId))) return;
  const hold = await reserve(client, tokenId);
  const second = client.chance(0.2) ? await reserve(client, tokenId) : null;
  if (hold === null || client.chance(0.15)) return giveUp(client, tokenId, lapsesSoon);
  if (client.chance(0.2)) {
    await client.ask({ kind: 'cancel', reservationId: hold.reservationId });
    return giveUp(client, tokenId, lapsesSoon);
  }
  await pay(client, hold);
  if (second !== null) await pay(client, second);
  await client.lookAtBalance();
  // A token that a lapsed payment left over is given back; one that is completed is refused.
  if (client.chance(0.2)) await leave(client, tokenId);
}

async function join(client: Client): Promise<number> {
  const answer = await client.ask({ kind: 'join' });
  if (answer === null) throw new Error(`user ${client.userId} was not let into the line`);
  return numberIn(answer.body, 'tokenId');
}

async function leave(client: Client, tokenId: number): Promise<void> {
  await client.ask({ kind: 'leave', tokenId });
}

/** Lets everything lapse, or leaves where that would take too long. */
async function giveUp(client: Client, tokenId: number, lapsesSoon: boolean): Promise<void> {
  if (!lapsesSoon || client.chance(0.5)) return leave(client, tokenId);
  for (;;) {
    const status = await client.status(tokenId);
    if (status !== 'WAITING' && status !== 'ACTIVE') return;
    await rest(client);
  }
}

/** Waits for the turn. Returns false when the token ended before. */
async function turn(client: Client, tokenId: number): Promise<boolean> {
  for (;;) {
    const status = await client.status(tokenId);
    if (status !== 'WAITING') return status === 'ACTIVE';
    await rest(client);
  }
}

/** Looks for seats, and tries to hold some. Returns null when there are none, or when somebody else was faster. */
async function reserve(client: Client, tokenId: number): Promise<Hold | null> {
  const dates = await client.look('/v1/concerts/1/schedules', tokenId);
  // A user who waits cannot look, and asks blindly.
  const events = dates.status === 200 ? listIn(dates.body, 'events') : [{ scheduleId: 1 }];
  if (events.length === 0) return null;
  const scheduleId = numberIn(events[client.below(Math.min(2, events.length))], 'scheduleId');
  const hall = await client.look(`/v1/concerts/1/schedules/${scheduleId}/seats`, tokenId);
  const seats = hall.status === 200 ? listIn(hall.body, 'seats') : [{ seatId: 1, seatStatus: 'AVAILABLE' }];
  const choice = seats
    .filter((seat) => textIn(seat, 'seatStatus') === 'AVAILABLE')
    .slice(0, CHOICE)
    .map((seat) => numberIn(seat, 'seatId'));
  if (choice.length === 0) return null;
  const count = 1 + client.below(Math.min(SEATS_MAX, choice.length));
  const seatIds = Array.from({ length: count }, () => choice.splice(client.below(choice.length), 1)).flat();
  const answer = await client.ask({ kind: 'reserve', tokenId, scheduleId, seatIds });
  return answer === null ? null : { tokenId, reservationId: numberIn(answer.body, 'reservationId') };
}

/** Pays, with the money that is left or with new money. */
async function pay(client: Client, hold: Hold): Promise<void> {
  if (client.chance(0.1)) {
    await client.ask({ kind: 'recharge', amount: client.book.amountFrom(RECHARGE_MAX) });
  }
  if (client.chance(0.3) && (await client.ask({ kind: 'pay', ...hold })) !== null) return;
  await client.ask({ kind: 'recharge', amount: client.book.amountFrom(RECHARGE) });
  await client.ask({ kind: 'pay', ...hold });
}

function rest(client: Client): Promise<void> {
  return Bun.sleep(1 + client.below(POLL_MS_MAX));
}
