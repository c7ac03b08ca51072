import type { Desk } from '../coordinator/commands.ts';
import { Timeline } from '../coordinator/timeline.ts';
import type { Alarm, Clock, Log } from '../deps.ts';
import { EventStream, eventOf } from '../http/event-stream.ts';
import type { WriteTime } from '../http/time.ts';
import type { TokenId, UserId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import { showStatus } from './model.ts';
import { type StatusView, viewSettled } from './status.ts';
import { isLive, type Token } from './token.ts';

/** A change of place is told at most once in this time. */
const EVENT_INTERVAL_MS = 1_000;
/** How long a stream is silent at most. */
export const HEARTBEAT_MS = 15_000;
/** A client that has taken nothing for this long is cut off. */
const SLOW_MS_MAX = 30_000;
/** Every stream is looked at once in this time: a part of them at each beat, so that no poll waits for all of them. */
const ROUND_MS = 500;
const BEAT_MS = 2;
/** After a stall, too, a beat is short. A round of this many a beat is as long as the configuration allows streams. */
const BEAT_STREAMS_MAX = 80;
/** As many as a browser opens to one host. One more closes the oldest, which may be a connection that got lost. */
const STREAMS_PER_USER_MAX = 6;

interface Watcher {
  readonly userId: UserId;
  readonly tokenId: TokenId;
  readonly stream: EventStream;
  /** What was told last. */
  sent: StatusView;
  sentAt: number;
  /** When the client had last taken all that was sent. */
  tookAt: number;
  /** Its status has been asked for, and memory alone could not tell. */
  isAsked: boolean;
  /** The final status has been told. */
  isEnding: boolean;
}

export interface StatusStreamsDeps {
  readonly desk: Desk;
  /** Resolves when the desk answers. A browser that is refused never comes back by itself, so it is kept until then. */
  readonly opened: Promise<void>;
  readonly clock: Clock;
  readonly alarm: (ring: () => void) => Alarm;
  readonly writeTime: WriteTime;
  /** How many streams are open at once at most. */
  readonly streamsMax: number;
  /** How long a beat is; a part of the streams is looked at in each. */
  readonly beatMs?: number;
  readonly log: Pick<Log, 'error'>;
}

/**
 * The open streams, each of which tells a user's status as it changes: a place in line at most once a second, what a
 * batch decides at once, and that a token ran out when it is next looked at. To look is to poll: an open stream renews a
 * waiting place, and to close it gives no place up. The final status of a token is the last event of its streams.
 */
export class StatusStreams {
  private readonly timeline: Timeline;
  private readonly alarm: Alarm;
  private readonly watchers = new Set<Watcher>();
  private readonly byUser = new Map<UserId, Watcher[]>();
  /** Those who are still to be looked at in this round. Whoever comes meanwhile waits for the next one. */
  private round: Watcher[] = [];
  private lastBeatAt = 0;
  private isClosing = false;

  constructor(private readonly deps: StatusStreamsDeps) {
    this.timeline = new Timeline(deps.clock);
    this.alarm = deps.alarm(() => this.beat());
  }

  /**
   * Opens a stream, which begins with the present status. Null when there is nothing more to tell: the token has ended,
   * and `lastEventId` says that the client has heard so. Refuses with `invalid token`, `user not found` or
   * `too many streams`.
   */
  async open(
    { userId, tokenId }: { userId: UserId; tokenId: TokenId },
    lastEventId: string | null,
  ): Promise<Result<EventStream | null>> {
    await this.deps.opened;
    const polled = await this.deps.desk.submit({ kind: 'poll', userId, tokenId });
    if (this.isClosing) return granted(goodbye());
    if (!polled.ok) return polled;
    const isOver = !isLive(polled.value);
    if (isOver && lastEventId === idOf(polled.value)) return granted(null);
    if (this.watchers.size >= this.deps.streamsMax) return refused('too many streams');
    const now = this.timeline.now();
    const stream = new EventStream(() => this.remove(watcher));
    const sent = polled.value;
    const watcher = {
      userId,
      tokenId,
      stream,
      sent,
      sentAt: now,
      tookAt: now,
      isAsked: false,
      isEnding: isOver,
    };
    this.add(watcher, now);
    this.tell(watcher, sent, now);
    return granted(stream);
  }

  /** Tells those whom a batch admitted, or whose token it ended, without waiting for a beat. */
  committed(changes: Iterable<{ readonly after: Token }>): void {
    if (this.watchers.size === 0) return;
    const now = this.timeline.now();
    for (const { after: token } of changes) {
      if (token.status === 'WAITING') continue;
      const status = viewSettled(token);
      for (const watcher of this.byUser.get(token.userId) ?? []) {
        if (watcher.tokenId === token.tokenId && hasChanged(watcher.sent, status)) {
          this.tell(watcher, status, now);
        }
      }
    }
  }

  /** Closes every stream, and opens no more: the clients will connect again. */
  close(): void {
    this.isClosing = true;
    for (const { stream } of [...this.watchers]) stream.close();
  }

  private add(watcher: Watcher, now: number): void {
    if (this.watchers.size === 0) {
      this.lastBeatAt = now;
      this.setAlarm(now);
    }
    this.watchers.add(watcher);
    const all = [...(this.byUser.get(watcher.userId) ?? []), watcher];
    this.byUser.set(watcher.userId, all);
    if (all.length > STREAMS_PER_USER_MAX) all[0]?.stream.close();
  }

  private remove(watcher: Watcher): void {
    this.watchers.delete(watcher);
    const others = (this.byUser.get(watcher.userId) ?? []).filter((other) => other !== watcher);
    if (others.length > 0) this.byUser.set(watcher.userId, others);
    else this.byUser.delete(watcher.userId);
    if (this.watchers.size === 0) this.alarm.set(null);
  }

  /** Looks at the part of the streams that is due. */
  private beat(): void {
    const now = this.timeline.now();
    const share = Math.min(1, (now - this.lastBeatAt) / ROUND_MS);
    const due = Math.min(BEAT_STREAMS_MAX, Math.ceil(this.watchers.size * share));
    this.lastBeatAt = now;
    for (let looked = 0; looked < due; looked++) {
      const watcher = this.nextInRound();
      if (watcher !== undefined) this.look(watcher, now);
    }
    if (this.watchers.size > 0) this.setAlarm(now);
  }

  private nextInRound(): Watcher | undefined {
    for (;;) {
      const watcher = this.round.pop();
      if (watcher === undefined) break;
      if (this.watchers.has(watcher)) return watcher;
    }
    this.round = [...this.watchers];
    return this.round.pop();
  }

  private setAlarm(now: number): void {
    this.alarm.set(this.timeline.clockTime(now + (this.deps.beatMs ?? BEAT_MS)));
  }

  /** Asks for the status, and tells of it if it has changed; not as long as the last event is too new. */
  private look(watcher: Watcher, now: number): void {
    const { userId, tokenId, stream } = watcher;
    if (!stream.isBehind) watcher.tookAt = now;
    if (now - watcher.tookAt >= SLOW_MS_MAX) {
      stream.close();
      return;
    }
    // Whatever it were, it would be too early to tell.
    if (watcher.isAsked || watcher.isEnding || now - watcher.sentAt < EVENT_INTERVAL_MS) return;
    const polled = this.deps.desk.submit({ kind: 'poll', userId, tokenId });
    if (polled instanceof Promise) {
      watcher.isAsked = true;
      polled
        .then((answer) => {
          watcher.isAsked = false;
          this.take(watcher, answer, now);
        })
        .catch((cause) => {
          // The client connects again, and need not wait in silence.
          stream.close();
          this.deps.log.error('a stream could not be told its status', cause);
        });
    } else {
      this.take(watcher, polled, now);
    }
  }

  private take(watcher: Watcher, polled: Result<StatusView>, now: number): void {
    const { stream } = watcher;
    if (!polled.ok) {
      stream.close();
    } else if (hasChanged(watcher.sent, polled.value)) {
      this.tell(watcher, polled.value, now);
    } else if (now - watcher.sentAt >= HEARTBEAT_MS) {
      stream.beat();
      watcher.sentAt = now;
    }
  }

  private tell(watcher: Watcher, status: StatusView, now: number): void {
    watcher.stream.send(eventOf(idOf(status), JSON.stringify(showStatus(status, this.deps.writeTime))));
    watcher.sent = status;
    watcher.sentAt = now;
    watcher.isEnding = !isLive(status);
    if (watcher.isEnding) watcher.stream.end();
  }
}

/** A stream that is over before it tells anything: its client will connect again. */
function goodbye(): EventStream {
  const stream = new EventStream(() => {});
  stream.close();
  return stream;
}

/** Whether a token stands elsewhere than it did. */
function hasChanged(before: StatusView, after: StatusView): boolean {
  return before.status !== after.status || before.remainingWaitListCount !== after.remainingWaitListCount;
}

/** Names a status: whoever has heard of it need not hear of it again. */
function idOf({ queueId, status, remainingWaitListCount }: StatusView): string {
  return `${queueId}-${status}-${remainingWaitListCount}`;
}
