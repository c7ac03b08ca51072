import type { Account } from '../balance/accounts.ts';
import type { ReservationId, ScheduleId, TokenId, UserId } from '../ids.ts';
import type { LoadedReservation, Loader } from '../store/load.ts';
import type { Command } from './commands.ts';
import { isKeyed, type KeptPlace, placeOf } from './retries.ts';
import { NO_ROWS, type Rows } from './work.ts';
import type { World } from './world.ts';

/** Loads the rows that a batch of commands names and that memory does not hold: at most one query for each table, but for seats. */
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
    for (const userId of newUsersOf(command)) {
      if (world.accounts.get(userId) === undefined) users.add(userId);
    }
    if (isKeyed(command)) kept.push(placeOf(command));
    if (isOfEndedToken(command) && command.tokenId !== null) {
      const { userId, tokenId } = command;
      if (world.line.get(userId)?.tokenId !== tokenId) tokens.push([userId, tokenId]);
    }
    if ('reservationId' in command && !world.holds.get(command.reservationId)) {
      reservations.add(command.reservationId);
    }
    for (const scheduleId of schedulesOf(command, world)) {
      if (world.schedules.get(scheduleId)?.layout === null && !world.seatMaps.has(scheduleId)) {
        schedules.add(scheduleId);
      }
    }
  }
  const [accountRows, tokenRows, reservationRows, keptAnswers] = await Promise.all([
    users.size === 0 ? [] : load.accounts([...users]),
    tokens.length === 0 ? [] : load.endedTokens(tokens),
    reservations.size === 0 ? [] : load.pastReservations([...reservations]),
    kept.length === 0 ? [] : load.keptAnswers(kept),
  ]);
  // One after the other: a concert may have many, and each may be long.
  for (const scheduleId of schedules) world.addSeatMap(await load.seatMap(scheduleId));
  return {
    ...rowsOfReservations(reservationRows, accountRows),
    tokens: byId(tokenRows, ({ tokenId }) => tokenId),
    keptAnswers,
  };
}

/** Loads past reservations, and whose they are. */
export async function gatherReservations(load: Loader, ids: readonly ReservationId[]): Promise<Rows> {
  return ids.length === 0 ? NO_ROWS : { ...NO_ROWS, ...rowsOfReservations(await load.pastReservations(ids)) };
}

function rowsOfReservations(
  rows: readonly LoadedReservation[],
  others: readonly Account[] = [],
): Pick<Rows, 'accounts' | 'reservations'> {
  const accounts = [...others, ...rows.map(({ userId, balance }) => ({ userId, balance }))];
  return {
    accounts: byId(accounts, ({ userId }) => userId),
    reservations: byId(rows, ({ reservationId }) => reservationId),
  };
}

/** Whether a command can be answered to someone whose token has ended. */
function isOfEndedToken(command: Command): command is Extract<Command, { kind: 'pay' | 'poll' | 'reserve' }> {
  return (
    command.kind === 'pay' || command.kind === 'poll' || (command.kind === 'reserve' && isKeyed(command))
  );
}

/** Users who may be there already. */
function newUsersOf(command: Command): readonly UserId[] {
  if (command.kind === 'import-users') return command.newUserIds;
  return command.kind === 'create-user' && command.newUserId !== null ? [command.newUserId] : [];
}

/** The schedules whose seats must be at hand. */
function schedulesOf(command: Command, { schedules }: World): readonly ScheduleId[] {
  switch (command.kind) {
    case 'browse':
      return command.scheduleIds;
    case 'view-seats':
      return command.scheduleId === null ? [] : [command.scheduleId];
    case 'reserve':
    case 'change-seats':
    case 'view-sales':
      return [command.scheduleId];
    case 'cancel-concert':
      return [...schedules.values()]
        .filter(({ concertId }) => concertId === command.concertId)
        .map(({ scheduleId }) => scheduleId);
    default:
      return [];
  }
}

function byId<K, T>(rows: readonly T[], id: (row: T) => K): Map<K, T> {
  return new Map(rows.map((row) => [id(row), row]));
}
