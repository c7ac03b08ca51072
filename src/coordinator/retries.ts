import type { UserId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import type { Command, ReplyTo } from './commands.ts';
import { decide } from './decide.ts';
import type { Work } from './work.ts';
import type { World } from './world.ts';

/** How long the first answer to a repeated request is kept. */
export const KEPT_MS = 24 * 3600 * 1000;

/** A command that may come again, under a key of its client's own (contract, "Retries"). */
export interface Repeatable {
  readonly idempotencyKey?: string | undefined;
}

/** A command that came with a key. */
export type Keyed<C extends Command = Command> = Extract<C, Repeatable> & { readonly idempotencyKey: string };

/** The operator keeps answers as the user 0, who is none. */
const OPERATOR = 0;

export function isKeyed<C extends Command>(command: C): command is Keyed<C> {
  return 'idempotencyKey' in command && command.idempotencyKey !== undefined;
}

/** An answer, kept under its key in the transaction of its effect. */
export interface KeptAnswer {
  readonly userId: UserId | typeof OPERATOR;
  readonly operation: Keyed['kind'];
  readonly key: string;
  /** What was asked for, as JSON; without the token, which may be a later one when it is asked again. */
  readonly request: string;
  /** What was answered, as JSON. */
  readonly answer: string;
  readonly createdAt: number;
}

/** Where the answer to a command is kept. */
export type KeptPlace = Pick<KeptAnswer, 'userId' | 'operation' | 'key'>;

export function placeOf(command: Keyed): KeptPlace {
  const userId = 'userId' in command ? command.userId : OPERATOR;
  return { userId, operation: command.kind, key: command.idempotencyKey };
}

/**
 * Decides one command, or gives the answer again that it had under its key, with nothing done. Refuses with
 * `idempotency key reused` when something else was asked under the key, and with `invalid token` when an operation that
 * needs a token comes with one that never was this user's. A refusal is not kept, since it changed nothing.
 */
export function decideOnce(
  world: World,
  work: Work,
  command: Command,
  now: number,
): Result<ReplyTo<Command>> {
  if (!isKeyed(command)) return decide(world, work, command, now);
  const { kind, idempotencyKey, ...asked } = command;
  const place = placeOf(command);
  const kept = work.keptAnswer(place, now - KEPT_MS);
  const { tokenId, userId, ...fields } = { tokenId: undefined, userId: undefined, ...asked };
  const request = JSON.stringify(fields);
  if (kept === undefined) {
    const result = decide(world, work, command, now);
    if (result.ok) work.keep({ ...place, request, answer: JSON.stringify(result.value), createdAt: now });
    return result;
  }
  const isTheirs =
    tokenId === undefined ||
    (tokenId !== null && userId !== undefined && work.tokenWithId(userId, tokenId) !== undefined);
  if (!isTheirs) return refused('invalid token');
  if (kept.request !== request) return refused('idempotency key reused');
  return { ...granted(JSON.parse(kept.answer)), isReplay: true };
}
