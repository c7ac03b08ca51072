import type { Command, Desk, MaybePromise, ReplyTo } from '../coordinator/commands.ts';
import type { Clock } from '../deps.ts';
import type { ReservationId, ScheduleId, TokenId, UserId } from '../ids.ts';
import { LineCopy, type LineSnapshot } from '../queue/line-snapshot.ts';
import { retryAfterSeconds, retryAfterSecondsMax } from '../queue/poll-spacing.ts';
import type { StatusView } from '../queue/status.ts';
import { granted, type Refusal, type Result, refused } from '../refusal.ts';
import type { OwnedReservation, ReservationView } from '../reservations/reservation.ts';
import type { Nearby } from './nearby.ts';

/** What the coordinator is asked for, wherever it is. */
export interface RemoteDesk {
  submit(command: Command): MaybePromise<unknown>;
  reservationsOf(userId: UserId, page: { before: number; limit: number }): MaybePromise<unknown>;
  reservation(reservationId: ReservationId): MaybePromise<unknown>;
}

export interface EdgeDeskDeps {
  /** A way to the coordinator that is good for one call. */
  readonly coordinator: () => RemoteDesk;
  readonly nearby: Nearby;
  readonly clock: Clock;
  /** How old a copy may be from which someone is answered. Where it is 0, the coordinator answers everything. */
  readonly staleMs: number;
  /** How long a waiting place lasts without a sign of life. */
  readonly waitingMs: number;
}

/** Where someone waits, as the coordinator said. */
type Place = Pick<StatusView, 'queueId' | 'joinAt'>;

/** A token that is live when its status is asked for is renewed once in this part of the time that a place lasts. */
const RENEWALS = 2;
/** From this part of its time on, the next copy of the line is asked for, by one, while the others are still told from it. */
const REFRESH_PARTS = 2;
/** For how long a token that opened the gate opens it to look at seats. */
const GATE_MS = 5_000;

/**
 * The desk of the coordinator, asked from afar. What a crowd asks over and over is answered from copies that are kept
 * near by: where those stand who wait, and which seats are free. The coordinator decides all that changes anything, and
 * hears from someone who waits only to renew the place, and when it may be their turn.
 */
export class EdgeDesk implements Desk {
  /** The last one that was read here, and what it was read from. */
  private line: { readonly at: number; readonly copy: LineCopy } | undefined;
  /** When the next one was asked for last. */
  private refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly deps: EdgeDeskDeps) {}

  submit<C extends Command>(command: C): MaybePromise<Result<ReplyTo<C>>> {
    // The reply to a command of a kind is the reply of that kind.
    return this.answer(command) as Promise<Result<ReplyTo<C>>>;
  }

  /** Only the coordinator knows whether there is room, and says so to whoever asks it. */
  turnAway(): MaybePromise<Refusal> | null {
    return null;
  }

  reservationsOf(
    userId: UserId,
    page: { before: number; limit: number },
  ): MaybePromise<Result<ReservationView[]>> {
    return this.carried(() => this.deps.coordinator().reservationsOf(userId, page));
  }

  reservation(reservationId: ReservationId): MaybePromise<Result<OwnedReservation>> {
    return this.carried(() => this.deps.coordinator().reservation(reservationId));
  }

  private answer(command: Command): Promise<Result<ReplyTo<Command>>> {
    if (this.deps.staleMs === 0) return this.ask(command);
    if (command.kind === 'poll') return this.poll(command);
    if (command.kind === 'view-seats' && command.scheduleId !== null) {
      return this.viewSeats({ ...command, scheduleId: command.scheduleId });
    }
    return this.ask(command);
  }

  private ask<C extends Command>(command: C): Promise<Result<ReplyTo<C>>> {
    return this.carried(() => this.deps.coordinator().submit(command));
  }

  /** What the coordinator answers. Its types are those of the desk, which the way to it does not know. */
  private async carried<T>(ask: () => MaybePromise<unknown>): Promise<Result<T>> {
    try {
      return (await ask()) as Result<T>;
    } catch (cause) {
      // The platform has not even passed it on: more waits at the coordinator than it can carry.
      if (cause instanceof Error && 'overloaded' in cause && cause.overloaded === true) {
        return refused('overloaded');
      }
      throw cause;
    }
  }

  private async poll(command: {
    kind: 'poll';
    userId: UserId;
    tokenId: TokenId;
  }): Promise<Result<StatusView>> {
    const { nearby, clock, waitingMs } = this.deps;
    const { userId, tokenId } = command;
    const name = `places/${userId}/${tokenId}`;
    // Whoever is told from a copy just before that, and asks again as late as told, must not be late.
    const renewMs = Math.min(waitingMs / RENEWALS, waitingMs - 2000 * retryAfterSecondsMax(waitingMs));
    const place = await nearby.find<Place>(name, renewMs);
    const known = place && (await this.statusAt(place.value, tokenId));
    if (known !== undefined) return granted(known);
    const at = clock.now();
    const status = await this.ask(command);
    if (status.ok && status.value.status === 'WAITING') {
      const { queueId, joinAt } = status.value;
      await nearby.keep<Place>(name, { at, value: { queueId, joinAt } }, renewMs);
    }
    return status;
  }

  /** The status of who waits at a place; undefined when it may be their turn, or nobody waits there any more. */
  private async statusAt({ queueId, joinAt }: Place, tokenId: TokenId): Promise<StatusView | undefined> {
    const line = await this.copyOfLine();
    if (line === undefined) return undefined;
    const ahead = line.ahead(queueId);
    if (ahead === null || ahead < this.enteringSoon(line.snapshot)) return undefined;
    const { policy, pace } = line.snapshot;
    return {
      queueId,
      joinAt,
      status: 'WAITING',
      remainingWaitListCount: ahead,
      retryAfterSeconds: retryAfterSeconds(tokenId, ahead, policy, { ...pace, now: this.deps.clock.now() }),
    };
  }

  /** How many may have been admitted since the copy was made, and a batch more. */
  private enteringSoon({ policy: { admitBatch, admitIntervalMs } }: LineSnapshot): number {
    return admitBatch * (Math.ceil(this.deps.staleMs / admitIntervalMs) + 1);
  }

  /**
   * Undefined when the coordinator does not tell. It is asked before the copy is too old, by one of those who are served
   * here: were it asked then, all who come until it has answered would ask too, each for the whole line.
   */
  private async copyOfLine(): Promise<LineCopy | undefined> {
    const { nearby, clock, staleMs } = this.deps;
    const refreshMs = staleMs / REFRESH_PARTS;
    const now = clock.now();
    const ageMs = this.line === undefined ? staleMs : now - this.line.at;
    const isAsked = now - this.refreshedAt < refreshMs;
    if (this.line !== undefined && ageMs < (isAsked ? staleMs : refreshMs)) return this.line.copy;
    this.refreshedAt = now;
    let kept = await nearby.find<LineSnapshot>('line', refreshMs);
    if (kept === undefined) {
      const at = clock.now();
      const line = await this.ask({ kind: 'snapshot-line' });
      if (!line.ok) return undefined;
      kept = { at, value: line.value };
      await nearby.keep('line', kept, staleMs);
    }
    this.line = { at: kept.at, copy: new LineCopy(kept.value) };
    return this.line.copy;
  }

  private async viewSeats(command: {
    kind: 'view-seats';
    tokenId: TokenId;
    scheduleId: ScheduleId;
  }): Promise<Result<string>> {
    const { nearby, clock, staleMs } = this.deps;
    const { tokenId, scheduleId } = command;
    const [gate, seats] = await Promise.all([
      nearby.find<true>(`gates/${tokenId}`, GATE_MS),
      nearby.find<string>(`seats/${scheduleId}`, staleMs),
    ]);
    if (gate !== undefined && seats !== undefined) return granted(seats.value);
    const at = clock.now();
    const seen = await this.ask(command);
    if (seen.ok) {
      await nearby.keep<true>(`gates/${tokenId}`, { at, value: true }, GATE_MS);
      await nearby.keep(`seats/${scheduleId}`, { at, value: seen.value }, staleMs);
    }
    return seen;
  }
}
