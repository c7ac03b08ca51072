import { type TInteger, type TSchema, type TString, Type } from '@sinclair/typebox';
import { UNREPORTED } from '../http/errors.ts';
import { TIME_PATTERN } from '../http/time.ts';

// The fields of an operator's bodies. The description of each completes "must be": a refusal is told with it.

const NAME_LENGTH_MAX = 200;

/** Line breaks and other controls. */
const CONTROL = '\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029';
/** A character outside of the basic plane is two halves; a half alone is none. */
const CHARACTER = `(?:[^${CONTROL}\\ud800-\\udfff]|[\\ud800-\\udbff][\\udc00-\\udfff])`;

export function integerFrom(minimum: number, maximum: number): TInteger {
  return Type.Integer({
    format: 'int64',
    minimum,
    maximum,
    description: `an integer from ${minimum} to ${maximum}`,
  });
}

export const Flag = Type.Boolean({ description: 'true or false' });

/** What people read as the name of something. */
export const Name: TString = Type.String({
  minLength: 1,
  pattern: `^(?=.*\\S)${CHARACTER}{1,${NAME_LENGTH_MAX}}$`,
  description: `a text of 1 to ${NAME_LENGTH_MAX} characters, not all of them blank and none of them a control`,
});

/** What `timeReader` reads; it may still be no time in the zone. */
export const Time: TString = Type.String({
  pattern: TIME_PATTERN,
  description: 'a time yyyy-MM-ddTHH:mm:ss in the zone of the service',
});

/** A body, none of whose schemas is reported on when it fails: the refusal tells all that there is to tell. */
export function operatorBody<S extends TSchema>(schema: S): S {
  const { properties = {}, items } = schema;
  for (const part of [...Object.values<TSchema>(properties), ...(items === undefined ? [] : [items])]) {
    operatorBody(part);
  }
  return Object.assign(schema, UNREPORTED);
}
