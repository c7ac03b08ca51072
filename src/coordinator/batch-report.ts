/**
 * What became of one batch, and when: of the commands of a tick, or of a sweep. Times are those of the host's
 * stopwatch, in milliseconds; a step that was not reached has none.
 */
export interface BatchReport {
  readonly kind: 'batch' | 'sweep';
  /** How many commands it took out of the mailbox. */
  readonly commands: number;
  readonly startedAt: number;
  readonly loadedAt: number | null;
  readonly decidedAt: number | null;
  /** Null as well where nothing had changed. */
  readonly committedAt: number | null;
  /** When all of its commands had been answered. */
  readonly endedAt: number;
  readonly hasFailed: boolean;
}

/** A report that is still being written. */
export type BatchCourse = { -readonly [K in keyof Omit<BatchReport, 'endedAt'>]: BatchReport[K] };

export function beginBatch(kind: BatchReport['kind'], commands: number, startedAt: number): BatchCourse {
  return {
    kind,
    commands,
    startedAt,
    loadedAt: null,
    decidedAt: null,
    committedAt: null,
    hasFailed: false,
  };
}
