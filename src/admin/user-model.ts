import { type Static, Type } from '@sinclair/typebox';
import { bodyId } from '../http/ids.ts';
import { Id, LocalTime, Money, nullable, oneOf } from '../http/model.ts';
import type { WriteTime } from '../http/time.ts';
import type { UserId } from '../ids.ts';
import type { TokenStatus } from '../queue/token.ts';
import { Reservation, showReservation } from '../reservations/model.ts';
import type { ReservationView } from '../reservations/reservation.ts';
import type { UserView } from '../users/view-user.ts';

const Count = Type.Integer({ format: 'int64', minimum: 0 });

export const WantedUser = Type.Object(
  { userId: Type.Optional(bodyId<UserId>()) },
  { title: 'WantedUser', example: { userId: 100_001 } },
);

export const NewUser = Type.Object({ userId: Id }, { title: 'NewUser' });

/** A line of an import. */
export const ImportedUser = Type.Object({ userId: bodyId<UserId>() });

export const Import = Type.Object(
  {
    imported: Count,
    existing: Count,
    failed: Type.Array(
      Type.Object({ line: Type.Integer({ format: 'int64', minimum: 1 }), message: Type.String() }),
    ),
  },
  { title: 'Import' },
);

export const ListedUser = Type.Object({ userId: Id, currentAmount: Money }, { title: 'ListedUser' });

const UserToken = Type.Object({
  tokenId: Id,
  queueId: Id,
  status: oneOf<TokenStatus>('WAITING', 'ACTIVE'),
  createdAt: LocalTime,
  expiredAt: LocalTime,
});

export const User = Type.Object(
  { userId: Id, currentAmount: Money, token: nullable(UserToken), reservations: Type.Array(Reservation) },
  { title: 'User' },
);

export function showUser(
  { userId, currentAmount, token }: UserView,
  reservations: readonly ReservationView[],
  writeTime: WriteTime,
): Static<typeof User> {
  return {
    userId,
    currentAmount,
    token: token && {
      tokenId: token.tokenId,
      queueId: token.queueId,
      status: token.status,
      createdAt: writeTime(token.joinedAt),
      expiredAt: writeTime(token.expiresAt),
    },
    reservations: reservations.map((reservation) => showReservation(reservation, writeTime)),
  };
}
