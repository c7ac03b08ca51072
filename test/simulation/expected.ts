import type { Reason } from '../../src/refusal.ts';

/** What the model answers: `value` has the fields that a simulated user would look at. */
export type Expected =
  | { readonly ok: true; readonly value: unknown; readonly isReplay?: true }
  | { readonly ok: false; readonly reason: Reason };

export const yes = (value: unknown): Expected => ({ ok: true, value });
export const no = (reason: Reason): Expected => ({ ok: false, reason });
