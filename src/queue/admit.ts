import type { Work } from '../coordinator/work.ts';

/** How many users one commit admits at most, so that nobody else waits for it long; the next one follows at once. */
const COMMIT_ADMITS_MAX = 500;

/** An interval of admission, and how many users have entered in it. */
export interface AdmissionWindow {
  readonly startedAt: number;
  readonly admitted: number;
}

/**
 * Lets in whoever is next, strictly in the order of joining, as far as the batch of this interval and the limit of
 * active users allow; nobody while the operator has paused it. Called wherever a slot may have come free. Intervals that were missed are lost: they do not pile
 * up into one flood.
 */
export function admitWaiting(work: Work, now: number): void {
  if (work.settings.isPaused) return;
  const { admitBatch, admitIntervalMs, activeMax } = work.policy;
  const sinceMs = now - work.window.startedAt;
  if (sinceMs >= admitIntervalMs) {
    work.window = { startedAt: now - (sinceMs % admitIntervalMs), admitted: 0 };
  }
  while (
    work.window.admitted < admitBatch &&
    work.activeCount < activeMax &&
    work.admittedCount < COMMIT_ADMITS_MAX
  ) {
    const next = work.nextWaiting();
    if (next === undefined) return;
    work.window = { ...work.window, admitted: work.window.admitted + 1 };
    work.admit(next, now);
  }
}
