import { type Static, type TSchema, type TUnsafe, Type } from '@sinclair/typebox';

/** An id in an answer. */
export const Id = Type.Integer({ format: 'int64' });

/** An amount of money in the smallest unit of the currency. */
export const Money = Type.Integer({ format: 'int64', minimum: 0 });

export const LocalTime = Type.String({ description: 'yyyy-MM-ddTHH:mm:ss in the zone of the service' });

/** One of a few words. Documented as `enum`, which a union of literals is not. */
export function oneOf<T extends string>(...values: readonly T[]): TUnsafe<T> {
  return Type.Unsafe<T>(Type.String({ enum: values }));
}

/** A value, or null: for the documentation. Nothing checks it, for the libraries know null only in a union, which is none. */
export function nullable<T extends TSchema>(schema: T): TUnsafe<Static<T> | null> {
  return Type.Unsafe<Static<T> | null>({ ...schema, nullable: true });
}
