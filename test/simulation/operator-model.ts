import type { PartLimits } from '../../src/coordinator/chores.ts';
import type { OperatorCommand } from '../../src/coordinator/commands.ts';
import type { ConcertId, UserId } from '../../src/ids.ts';
import type { ModelConcert, ModelPart, ModelSchedule, ModelSeat } from './catalogue-model.ts';
import { type Expected, no, yes } from './expected.ts';
import type { Model, ModelReservation } from './model.ts';

type CommandOf<K extends OperatorCommand['kind']> = Extract<OperatorCommand, { kind: K }>;

/** What the contract says of the operator's operations. Each change that takes effect is an event, and no other is. */
export function answerOperator(model: Model, command: OperatorCommand, now: number): Expected {
  switch (command.kind) {
    case 'create-concert': {
      model.events.push('create-concert');
      return yes(viewConcert(model.catalogue.addConcert(command.concertName)));
    }
    case 'rename-concert': {
      const concert = model.catalogue.concert(command.concertId);
      if (concert === undefined) return no('concert not found');
      if (concert.concertName !== command.concertName) model.events.push('rename-concert');
      concert.concertName = command.concertName;
      return yes(viewConcert(concert));
    }
    case 'cancel-concert':
      return cancelConcert(model, command, now);
    case 'create-schedule':
      return createSchedule(model, command, now);
    case 'change-schedule':
      return changeSchedule(model, command, now);
    case 'change-seats':
      return changeSeats(model, command, now);
    case 'view-sales':
      return viewSales(model, command, now);
    case 'create-user': {
      const userId = command.newUserId ?? ((Math.max(...model.balances.keys()) + 1) as UserId);
      if (model.balances.has(userId)) return no('user already exists');
      model.balances.set(userId, 0);
      model.events.push('create-user');
      return yes({ userId });
    }
    case 'import-users': {
      const before = model.balances.size;
      for (const userId of command.newUserIds) {
        if (!model.balances.has(userId)) model.balances.set(userId, 0);
      }
      const imported = model.balances.size - before;
      if (imported > 0) model.events.push('import-users');
      return yes({ imported, existing: command.newUserIds.length - imported });
    }
    case 'view-user': {
      const currentAmount = model.balances.get(command.userId);
      if (currentAmount === undefined) return no('user not found');
      const { tokenId = null, status = null } = model.liveToken(command.userId, now) ?? {};
      return yes({ userId: command.userId, currentAmount, tokenId, status });
    }
    case 'refund': {
      const reservation = model.reservations.find((r) => r.reservationId === command.reservationId);
      if (reservation === undefined) return no('reservation not found');
      if (reservation.paymentId === null) return no('reservation not paid');
      if (reservation.status === 'PAID') {
        refund(model, reservation);
        model.events.push('refund-reservation');
      }
      const { reservationId, totalPrice: refundedAmount } = reservation;
      return yes({ reservationId, refundedAmount, reservationStatus: 'REFUNDED' });
    }
    case 'change-queue':
      return changeQueue(model, command);
    case 'view-line': {
      const totals = { waiting: model.waiting(now).length, active: model.active(now).length };
      return yes({ settings: model.line, totals });
    }
  }
}

/** The reservations that are still to be refunded, of one cancelled concert or of all. */
export function toRefund(model: Model, concertId?: ConcertId): ModelReservation[] {
  return model.reservations.filter(
    (r) =>
      r.status === 'PAID' &&
      model.catalogue.isCancelled(r) &&
      (concertId === undefined || model.catalogue.schedule(r.scheduleId)?.concertId === concertId),
  );
}

/** Whether a schedule is still to get seats. */
export function isLayingOut({ catalogue }: Model): boolean {
  return catalogue.schedules.some(({ laidOut, seats }) => laidOut < seats.length);
}

/**
 * What is answered to a command that was decided to be that; null while it is not finished: a schedule has all its seats
 * when it is answered for, and all of a cancelled concert is refunded.
 */
export function outcomeOf(model: Model, { kind }: { kind: string }, expected: Expected): Expected | null {
  if (!expected.ok) return expected;
  if (kind === 'create-schedule') {
    const { scheduleId } = expected.value as ModelSchedule;
    return model.catalogue.schedule(scheduleId) === undefined ? null : expected;
  }
  if (kind !== 'cancel-concert') return expected;
  const { concertId } = expected.value as ModelConcert;
  const concert = model.catalogue.concert(concertId);
  if (concert === undefined || toRefund(model, concertId).length > 0) return null;
  const { releasedHolds, refundedReservations, refundedAmount } = concert;
  return yes({ concertId, releasedHolds, refundedReservations, refundedAmount });
}

/** Does a part of what was begun. Throws when that is not one. */
export function carryOutPart(model: Model, part: ModelPart, limits: PartLimits): void {
  if (part.kind === 'layout') layOut(model, part, limits.seatsMax);
  else refundPart(model, part, limits.refundsMax);
}

function layOut(
  model: Model,
  { scheduleId, seatIds }: Extract<ModelPart, { kind: 'layout' }>,
  seatsMax: number,
): void {
  const schedule = model.catalogue.schedules.find((s) => s.scheduleId === scheduleId);
  if (schedule === undefined) throw new Error(`schedule ${scheduleId} is none, and gets seats`);
  const left = schedule.seats.slice(schedule.laidOut, schedule.laidOut + seatsMax).map((s) => s.seatId);
  if (JSON.stringify(left) !== JSON.stringify(seatIds)) {
    throw new Error(`schedule ${scheduleId} gets the seats ${seatIds} and must get ${left}`);
  }
  schedule.laidOut += seatIds.length;
}

function refundPart(
  model: Model,
  { reservationIds }: Extract<ModelPart, { kind: 'refunds' }>,
  refundsMax: number,
): void {
  const count = reservationIds.length;
  if (count === 0 || count > refundsMax) throw new Error(`one part refunds ${count} reservations`);
  for (const reservationId of reservationIds) {
    const reservation = toRefund(model).find((r) => r.reservationId === reservationId);
    if (reservation === undefined) throw new Error(`reservation ${reservationId} is not to be refunded`);
    const schedule = model.catalogue.schedule(reservation.scheduleId);
    const concert = schedule && model.catalogue.concert(schedule.concertId);
    if (concert === undefined) throw new Error(`reservation ${reservationId} is of no concert`);
    refund(model, reservation);
    concert.refundedReservations++;
    concert.refundedAmount += reservation.totalPrice;
  }
  model.events.push('refund-concert');
}

function refund(model: Model, reservation: ModelReservation): void {
  const { userId, totalPrice } = reservation;
  model.balances.set(userId, (model.balances.get(userId) ?? 0) + totalPrice);
  model.entries++;
  reservation.status = 'REFUNDED';
}

function cancelConcert(model: Model, { concertId }: CommandOf<'cancel-concert'>, now: number): Expected {
  const concert = model.catalogue.concert(concertId);
  if (concert === undefined) return no('concert not found');
  if (concert.isCancelled) return yes({ concertId });
  concert.isCancelled = true;
  const holds = model.reservations.filter(
    (r) =>
      model.statusOf(r, now) === 'PAYMENT_PENDING' &&
      model.catalogue.schedule(r.scheduleId)?.concertId === concertId,
  );
  for (const hold of holds) model.letGo(hold, now);
  concert.releasedHolds = holds.length;
  model.events.push('cancel-concert');
  return yes({ concertId });
}

function createSchedule(model: Model, command: CommandOf<'create-schedule'>, now: number): Expected {
  const { concertId, concertAt, reservationAt, priceBands } = command;
  const concert = model.catalogue.concert(concertId);
  if (concert === undefined) return no('concert not found');
  const seats = priceBands.flatMap(({ from, to, price }) =>
    Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => ({ seatNumber: from + index, price })),
  );
  const isReversed = priceBands.some(({ from, to }) => to < from);
  const hasTwice = new Set(seats.map(({ seatNumber }) => seatNumber)).size < seats.length;
  if (isReversed || hasTwice || seats.length === 0) return no('invalid priceBands');
  if (concertAt <= now) return no('invalid concertAt');
  if (reservationAt >= concertAt) return no('invalid reservationAt');
  if (concert.isCancelled) return no('concert cancelled');
  seats.sort((a, b) => a.seatNumber - b.seatNumber);
  const { scheduleId, seats: made } = model.catalogue.addSchedule(
    { concertId, concertAt, reservationAt },
    seats,
  );
  model.events.push('create-schedule');
  const [firstSeatId, lastSeatId] = [made[0]?.seatId, made.at(-1)?.seatId];
  const seatCount = made.length;
  return yes({ scheduleId, concertId, concertAt, reservationAt, seatCount, firstSeatId, lastSeatId });
}

function changeSchedule(model: Model, command: CommandOf<'change-schedule'>, now: number): Expected {
  const { scheduleId, concertAt, reservationAt, isClosed } = command;
  const schedule = model.catalogue.schedule(scheduleId);
  if (schedule === undefined) return no('schedule not found');
  const after = {
    concertAt: concertAt ?? schedule.concertAt,
    reservationAt: reservationAt ?? schedule.reservationAt,
    isClosed: isClosed ?? schedule.isClosed,
  };
  const isMoved = after.concertAt !== schedule.concertAt || after.reservationAt !== schedule.reservationAt;
  if (isMoved && after.concertAt <= now) return no('invalid concertAt');
  if (isMoved && after.reservationAt >= after.concertAt) return no('invalid reservationAt');
  if (model.catalogue.isCancelled(schedule)) return no('concert cancelled');
  if (isMoved || after.isClosed !== schedule.isClosed) model.events.push('change-schedule');
  Object.assign(schedule, after);
  const { isClosed: closed, ...times } = after;
  return yes({ scheduleId, ...times, closed });
}

function changeSeats(model: Model, command: CommandOf<'change-seats'>, now: number): Expected {
  const { scheduleId, seatIds, price, isBlocked } = command;
  const schedule = model.catalogue.schedule(scheduleId);
  if (schedule === undefined) return no('schedule not found');
  const named = new Set<number>(seatIds);
  const seats = schedule.seats.filter(({ seatId }) => named.has(seatId));
  if (seats.length < named.size) return no('seat not found');
  if (named.size < seatIds.length) return no('invalid seatIds');
  if (model.catalogue.isCancelled(schedule)) return no('concert cancelled');
  const reserved = model.reserved(now);
  let changed = 0;
  for (const seat of seats.filter(({ seatId }) => !reserved.has(seatId))) {
    const before = JSON.stringify(seat);
    seat.price = price ?? seat.price;
    seat.isBlocked = isBlocked ?? seat.isBlocked;
    if (JSON.stringify(seat) !== before) changed++;
  }
  if (changed > 0) model.events.push('change-seats');
  return yes({ scheduleId, changed });
}

function viewSales(model: Model, { scheduleId }: CommandOf<'view-sales'>, now: number): Expected {
  const schedule = model.catalogue.schedule(scheduleId);
  if (schedule === undefined) return no('schedule not found');
  const { seats } = schedule;
  const of = (status: string): ModelReservation[] =>
    model.reservations.filter((r) => r.scheduleId === scheduleId && model.statusOf(r, now) === status);
  const count = (reservations: readonly ModelReservation[]): number =>
    reservations.reduce((sum, r) => sum + r.seats.length, 0);
  const [held, sold] = [count(of('PAYMENT_PENDING')), count(of('PAID'))];
  const blocked = seats.filter((seat: ModelSeat) => seat.isBlocked).length;
  const revenue = of('PAID').reduce((sum, r) => sum + r.totalPrice, 0);
  const available = seats.length - held - sold - blocked;
  return yes({ scheduleId, seats: seats.length, available, held, sold, blocked, revenue });
}

function changeQueue(model: Model, change: CommandOf<'change-queue'>): Expected {
  const { line } = model;
  const after = {
    maxActive: change.activeMax ?? line.maxActive,
    admitBatch: change.admitBatch ?? line.admitBatch,
    admitIntervalMs: change.admitIntervalMs ?? line.admitIntervalMs,
    paused: change.isPaused ?? line.paused,
    closed: change.isClosed ?? line.closed,
  };
  const numbers = ['activeMax', 'admitBatch', 'admitIntervalMs'] as const;
  const set = new Set([...model.set, ...numbers.filter((name) => change[name] !== undefined)]);
  if (set.size > model.set.size || JSON.stringify(after) !== JSON.stringify(line)) {
    model.events.push('change-queue');
  }
  model.set = set;
  model.line = after;
  return yes(after);
}

function viewConcert({ concertId, concertName, isCancelled }: ModelConcert) {
  return { concertId, concertName, concertStatus: isCancelled ? 'CANCELLED' : 'ON_SALE' };
}
