/**
 * Ids are positive integers up to 2^53−1 (contract, "Rules that hold everywhere"). Each kind is a type of its own,
 * so that a seat's id cannot be passed where a schedule's is asked for.
 */
declare const kind: unique symbol;
type Id<Kind extends string> = number & { readonly [kind]: Kind };

export type UserId = Id<'user'>;
export type TokenId = Id<'token'>;
export type QueueId = Id<'queue'>;
export type ConcertId = Id<'concert'>;
export type ScheduleId = Id<'schedule'>;
export type SeatId = Id<'seat'>;
export type ReservationId = Id<'reservation'>;
export type PaymentId = Id<'payment'>;
export type EntryId = Id<'ledger entry'>;
export type EventId = Id<'operator event'>;
