import type { ReservationId, ScheduleId, TokenId, UserId } from '../ids.ts';
import type { Loader } from '../store/load.ts';
import type { Command } from './commands.ts';
import { isKeyed, type KeptPlace, placeOf } from './retries.ts';
import type { Rows } from './work.ts';
import type { World } from './world.ts';

/** Loads the rows that a batch of commands names and that memory does not hold: at most one query for each table. */
export async function gather(world: World, load: Loader, commands: readonly Command[]): Promise<Rows> {
  const users = new Set<UserId>();
  const tokens: [UserId, TokenId][] = [];
  const reservations = new Set<ReservationId>();
  const schedules = new Set<ScheduleId>();
  const kept: KeptPlace[] = [];
  for (const command of commands) {
    if (
      'userId' in command &&
      command.kind !== 'reserve' &&
      world.accounts.get(command.userId) === undefined
    ) {
      users.add(command.userId);
    }
    if (isKeyed(command)) kept.push(placeOf(command));
    if (isOfEndedToken(command) && command.tokenId !== null) {
      const { userId, tokenId } = command;
      if (world.line.get(userId)?.tokenId !== tokenId) tokens.push([userId, tokenId]);
    }
    if ((command.kind === 'pay' || command.kind === 'cancel') && !world.holds.get(command.reservationId)) {
      reservations.add(command.reservationId);
    }
    for (const scheduleId of schedulesOf(command)) {
      if (world.schedules.has(scheduleId) && !world.seatMaps.has(scheduleId)) schedules.add(scheduleId);
    }
  }
  const [accountRows, tokenRows, reservationRows, keptAnswers, seatMaps] = await Promise.all([
    users.size === 0 ? [] : load.accounts([...users]),
    tokens.length === 0 ? [] : load.endedTokens(tokens),
    reservations.size === 0 ? [] : load.pastReservations([...reservations]),
    kept.length === 0 ? [] : load.keptAnswers(kept),
    Promise.all([...schedules].map((scheduleId) => load.seatMap(scheduleId))),
  ]);
  for (const seatMap of seatMaps) world.addSeatMap(seatMap);
  return {
    accounts: byId(accountRows, ({ userId }) => userId),
    tokens: byId(tokenRows, ({ tokenId }) => tokenId),
    reservations: byId(reservationRows, ({ reservationId }) => reservationId),
    keptAnswers,
  };
}

/** Whether a command can be answered to someone whose token has ended. */
function isOfEndedToken(command: Command): command is Extract<Command, { kind: 'pay' | 'poll' | 'reserve' }> {
  return (
    command.kind === 'pay' || command.kind === 'poll' || (command.kind === 'reserve' && isKeyed(command))
  );
}

function schedulesOf(command: Command): readonly ScheduleId[] {
  if (command.kind === 'browse') return command.scheduleIds;
  if (command.kind === 'reserve') return [command.scheduleId];
  return command.kind === 'view-seats' && command.scheduleId !== null ? [command.scheduleId] : [];
}

function byId<K, T>(rows: readonly T[], id: (row: T) => K): Map<K, T> {
  return new Map(rows.map((row) => [id(row), row]));
}
