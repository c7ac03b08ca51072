import { isListed } from '../concerts/concert.ts';
import { viewSales } from '../concerts/sales.ts';
import { viewToken } from '../queue/issue.ts';
import { viewLine } from '../queue/line-view.ts';
import { viewSettings } from '../queue/settings.ts';
import { viewStatus } from '../queue/status.ts';
import { granted, type Result, refused } from '../refusal.ts';
import type { Command, ReplyTo } from './commands.ts';
import type { World } from './world.ts';

/**
 * Answers what memory alone can answer, without the mailbox; undefined when rows are needed or something must change.
 * Whoever asks for a token or its status shows a sign of life, and a waiting place is renewed.
 */
export function peek(world: World, command: Command, now: number): Result<ReplyTo<Command>> | undefined {
  switch (command.kind) {
    case 'issue-token':
    case 'find-token': {
      const token = world.line.renew(command.userId, now);
      return token && granted(viewToken(token));
    }
    case 'poll': {
      const token = world.line.renew(command.userId, now);
      if (token?.tokenId !== command.tokenId) return undefined;
      return granted(viewStatus(token, world.line.ahead(token.queueId), world.policy, world.pace(now)));
    }
    case 'check-token': {
      const { holder, tokenId } = command;
      if (holder === null) return granted(world.line.isActive(tokenId));
      return granted(world.line.get(holder)?.tokenId === tokenId);
    }
    case 'snapshot-line':
      return granted({ ...world.line.waitingPlaces(), policy: world.policy, pace: world.pace(now) });
    case 'view-line':
      return granted({ settings: viewSettings(world), totals: viewLine(world, now) });
    case 'find-balance': {
      const account = world.accounts.get(command.userId);
      return account && granted({ userId: account.userId, currentAmount: account.balance });
    }
    case 'browse': {
      if (!world.line.isActive(command.tokenId)) return refused('invalid token');
      const open = [];
      for (const scheduleId of command.scheduleIds) {
        const schedule = world.scheduleOnShow(scheduleId);
        if (schedule === undefined || !isListed(schedule, now)) continue;
        const seatMap = world.seatMaps.get(scheduleId);
        if (seatMap === undefined) return undefined;
        if (seatMap.hasAvailable) open.push(scheduleId);
      }
      return granted(open);
    }
    case 'view-seats': {
      if (!world.line.isActive(command.tokenId)) return refused('invalid token');
      if (command.scheduleId === null || !world.scheduleOnShow(command.scheduleId)) {
        return refused('schedule not found');
      }
      const seatMap = world.seatMaps.get(command.scheduleId);
      return seatMap && granted(seatMap.toJson());
    }
    case 'view-sales': {
      if (world.schedules.get(command.scheduleId)?.layout !== null) return refused('schedule not found');
      const seatMap = world.seatMaps.get(command.scheduleId);
      return seatMap && granted(viewSales(seatMap));
    }
    default:
      return undefined;
  }
}
