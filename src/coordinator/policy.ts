/** The rules' numbers. Durations are in milliseconds. */
export interface Policy {
  /** How long a waiting place lasts without a sign of life. */
  readonly waitingMs: number;
  /** How long an admitted user may make new reservations. */
  readonly activeMs: number;
  /** How long an unpaid hold keeps its seats. */
  readonly holdMs: number;
  readonly admitIntervalMs: number;
  /** How many users enter in one interval at most. */
  readonly admitBatch: number;
  /** How many users are active at once at most. */
  readonly activeMax: number;
  readonly seatsPerReservationMax: number;
  /** How long a token that ended, or a reservation that ended without a payment, is kept; no less than an answer is. */
  readonly retentionMs: number;
  /** In the currency's smallest unit. */
  readonly rechargeMax: number;
}
