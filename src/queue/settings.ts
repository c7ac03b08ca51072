import type { Policy } from '../coordinator/policy.ts';
import type { Work } from '../coordinator/work.ts';
import { granted, type Result } from '../refusal.ts';
import { admitWaiting } from './admit.ts';

/** What the operator has changed of the line; what is null is as the service was configured. */
export interface QueueSettings {
  readonly activeMax: number | null;
  readonly admitBatch: number | null;
  readonly admitIntervalMs: number | null;
  /** Nobody is admitted. */
  readonly isPaused: boolean;
  /** Nobody can join. */
  readonly isClosed: boolean;
}

/** The most that each can be set to; the least is 1. */
export const QUEUE_BOUNDS = { activeMax: 1_000_000, admitBatch: 1_000_000, admitIntervalMs: 3_600_000 };

export const AS_CONFIGURED: QueueSettings = {
  activeMax: null,
  admitBatch: null,
  admitIntervalMs: null,
  isPaused: false,
  isClosed: false,
};

export type QueueChange = { readonly [K in keyof QueueSettings]?: QueueSettings[K] | undefined };

/** The settings of the line as an operator reads them. */
export interface QueueSettingsView {
  readonly maxActive: number;
  readonly admitBatch: number;
  readonly admitIntervalMs: number;
  readonly paused: boolean;
  readonly closed: boolean;
}

/** The rules' numbers as they are with the operator's changes. */
export function withSettings(policy: Policy, settings: QueueSettings): Policy {
  return {
    ...policy,
    activeMax: settings.activeMax ?? policy.activeMax,
    admitBatch: settings.admitBatch ?? policy.admitBatch,
    admitIntervalMs: settings.admitIntervalMs ?? policy.admitIntervalMs,
  };
}

/** Changes the line, which moves at once where it may. Whoever is active stays so, also when fewer may be. */
export function changeQueue(work: Work, change: QueueChange, now: number): Result<QueueSettingsView> {
  const before = viewSettings(work);
  const { settings } = work;
  const changed: QueueSettings = {
    activeMax: change.activeMax ?? settings.activeMax,
    admitBatch: change.admitBatch ?? settings.admitBatch,
    admitIntervalMs: change.admitIntervalMs ?? settings.admitIntervalMs,
    isPaused: change.isPaused ?? settings.isPaused,
    isClosed: change.isClosed ?? settings.isClosed,
  };
  if (JSON.stringify(changed) !== JSON.stringify(settings)) {
    // What is set to what it was configured to be stays so when that is changed.
    work.saveSettings(changed);
    work.note('change-queue', before, viewSettings(work), now);
  }
  admitWaiting(work, now);
  return granted(viewSettings(work));
}

export function viewSettings({ policy, settings }: Pick<Work, 'policy' | 'settings'>): QueueSettingsView {
  return {
    maxActive: policy.activeMax,
    admitBatch: policy.admitBatch,
    admitIntervalMs: policy.admitIntervalMs,
    paused: settings.isPaused,
    closed: settings.isClosed,
  };
}
