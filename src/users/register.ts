import type { Work } from '../coordinator/work.ts';
import type { UserId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';

export interface NewUserView {
  readonly userId: UserId;
}

export interface ImportView {
  readonly imported: number;
  readonly existing: number;
}

/**
 * Makes a user with a balance of 0, under the number after the highest when none is asked for. Refuses with
 * `user already exists`, and with `invalid userId` when there is no number after the highest.
 */
export function createUser(
  work: Work,
  { newUserId }: { newUserId: UserId | null },
  now: number,
): Result<NewUserView> {
  const userId = newUserId ?? work.nextUserId();
  if (userId === null) return refused('invalid userId', 'there is no number after the highest');
  if (work.account(userId) !== undefined) return refused('user already exists');
  work.addUser(userId, now);
  work.note('create-user', null, { userId }, now);
  return granted({ userId });
}

/** Makes those of the users who are not there yet. */
export function importUsers(
  work: Work,
  { newUserIds }: { newUserIds: readonly UserId[] },
  now: number,
): Result<ImportView> {
  const made = [...new Set(newUserIds)].filter((userId) => work.account(userId) === undefined);
  for (const userId of made) work.addUser(userId, now);
  if (made.length > 0) work.note('import-users', null, { userIds: made }, now);
  return granted({ imported: made.length, existing: newUserIds.length - made.length });
}
