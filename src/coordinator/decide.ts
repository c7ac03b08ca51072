import { findBalance, rechargeBalance } from '../balance/recharge.ts';
import { createConcert, renameConcert } from '../concerts/announce.ts';
import { cancelConcert } from '../concerts/cancel-concert.ts';
import { changeSeats } from '../concerts/change-seats.ts';
import { changeSchedule, scheduleConcert } from '../concerts/schedule-concert.ts';
import { payReservation } from '../payments/pay.ts';
import { findToken, issueToken } from '../queue/issue.ts';
import { leaveLine } from '../queue/leave.ts';
import { changeQueue } from '../queue/settings.ts';
import { pollStatus } from '../queue/status.ts';
import { granted, type Result } from '../refusal.ts';
import { cancelReservation } from '../reservations/cancel.ts';
import { holdSeats } from '../reservations/hold.ts';
import { refundReservation } from '../reservations/refund.ts';
import { createUser, importUsers } from '../users/register.ts';
import { viewUser } from '../users/view-user.ts';
import type { Command, ReplyTo } from './commands.ts';
import { peek } from './peek.ts';
import type { Work } from './work.ts';
import type { World } from './world.ts';

/** Decides one command against what the batch has come to so far. A refusal changes nothing. */
export function decide(world: World, work: Work, command: Command, now: number): Result<ReplyTo<Command>> {
  switch (command.kind) {
    case 'issue-token':
      return issueToken(work, command, now);
    case 'find-token':
      return findToken(work, command);
    case 'poll':
      return pollStatus(work, command, now);
    case 'leave':
      return leaveLine(work, command, now);
    case 'reserve':
      return holdSeats(work, command, now);
    case 'cancel':
      return cancelReservation(work, command, now);
    case 'pay':
      return payReservation(work, command, now);
    case 'recharge':
      return rechargeBalance(work, command, now);
    case 'find-balance':
      return findBalance(work, command);
    case 'create-concert':
      return createConcert(work, command, now);
    case 'rename-concert':
      return renameConcert(work, command, now);
    case 'cancel-concert':
      return cancelConcert(work, command, now);
    case 'create-schedule':
      return scheduleConcert(work, command, now);
    case 'change-schedule':
      return changeSchedule(work, command, now);
    case 'change-seats':
      return changeSeats(work, command, now);
    case 'create-user':
      return createUser(work, command, now);
    case 'import-users':
      return importUsers(work, command, now);
    case 'view-user':
      return viewUser(work, command);
    case 'refund':
      return refundReservation(work, command, now);
    case 'change-queue':
      return changeQueue(work, command, now);
    case 'browse':
    case 'view-seats':
    case 'view-sales':
    case 'check-token':
    case 'snapshot-line':
    case 'view-line': {
      const known = peek(world, command, now);
      if (known === undefined) throw new Error(`${command.kind}: memory does not know`);
      return known;
    }
    case 'probe':
      return granted(null);
  }
}
