import { type TSchema, Type } from '@sinclair/typebox';
import { idInQuery, limitParameter } from '../http/documentation.ts';
import { limitInQuery, pathId } from '../http/ids.ts';
import { Id, nullable } from '../http/model.ts';
import type { Page } from '../store/records.ts';

const LIMIT_MAX = 1_000;
const LIMIT = 100;

/** What a list is asked with. The descriptions complete "must be": a refusal is told with them. */
export const listQuery = Type.Object({
  limit: Type.Optional({ ...limitInQuery(LIMIT_MAX), description: `an integer from 1 to ${LIMIT_MAX}` }),
  after: Type.Optional({ ...pathId<number>(), description: 'the id of an item' }),
});

export const listFields = ['limit', 'after'];

export const listParameters = [
  limitParameter(LIMIT_MAX, LIMIT),
  idInQuery('after', 'Show what comes behind this id: the `next` of the page before'),
];

export function pageOf({ limit = LIMIT, after = 0 }: { limit?: number; after?: number }): Page {
  return { limit, after };
}

/** A page of a list, for the documentation: to check a thousand items would take longer than to read them. */
export function listOf(title: string, item: TSchema) {
  return Type.Object({ items: Type.Array(item), next: nullable(Id) }, { title });
}
