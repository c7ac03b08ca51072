import { type Static, Type } from '@sinclair/typebox';
import {
  Elysia,
  type ElysiaCustomStatusResponse,
  NotFoundError,
  ParseError,
  status,
  ValidationError,
} from 'elysia';
import type { Log } from '../deps.ts';
import type { Reason, Refusal } from '../refusal.ts';

/** The shape of every failure, without exception. */
export const Failure = Type.Object({ code: Type.Integer(), message: Type.String() });

/**
 * Nobody reads it, but in a schema it takes the place of a report that writes out the whole value, however long, and that
 * fails itself on a text that is `{"toString": 1}`.
 */
export const UNREPORTED = { error: 'malformed' };

type FailureStatus = 400 | 401 | 403 | 404 | 422 | 429 | 500 | 503;

/** What the handler of any route may answer besides its success. */
export const failures = {
  400: Failure,
  401: Failure,
  403: Failure,
  404: Failure,
  422: Failure,
  429: Failure,
  500: Failure,
  503: Failure,
};

/** The one table from a reason to its status. */
const STATUS: Record<Reason, FailureStatus> = {
  'invalid token': 401,
  unauthorized: 401,
  forbidden: 403,
  'user not found': 404,
  'token not found': 404,
  'concert not found': 404,
  'schedule not found': 404,
  'seat not found': 404,
  'reservation not found': 404,
  'reservation failed': 400,
  'reservation expired': 400,
  'reservation already paid': 400,
  'not enough balance': 400,
  'reservation not paid': 400,
  'refund failed': 400,
  'concert cancelled': 400,
  'user already exists': 400,
  'invalid recharge amount': 400,
  'invalid concertAt': 400,
  'invalid reservationAt': 400,
  'invalid priceBands': 400,
  'invalid seatIds': 400,
  'invalid userId': 400,
  'queue closed': 503,
  'payment failed': 500,
  'recharge failed': 500,
  'idempotency key reused': 422,
  'too many streams': 503,
  'too many requests': 429,
  overloaded: 503,
  'internal error': 500,
  'not ready': 503,
};

/** Every reason that there is. */
export const REASONS = Object.keys(STATUS) as Reason[];

export const RETRY_AFTER_SECONDS = '1';
/** In how many seconds to come again, where that is not soon. */
const RETRY_AFTER: Partial<Record<Reason, string>> = { 'queue closed': '30' };
export const CHALLENGE = 'Bearer realm="seatline"';

export function statusOf(reason: Reason): FailureStatus {
  return STATUS[reason];
}

type FailureBody = Static<typeof Failure>;

/** One type for each status, as Elysia pairs a status with the schema of its body. */
export type FailureReply = {
  [S in FailureStatus]: ElysiaCustomStatusResponse<S, FailureBody>;
}[FailureStatus];

interface Reply {
  headers: Record<string, string | number>;
}

/** Answers a refusal. A 503 says when to come again. */
export function fail(set: Reply, { reason, detail }: Refusal): FailureReply {
  const code = STATUS[reason];
  if (code === 503) set.headers['retry-after'] = RETRY_AFTER[reason] ?? RETRY_AFTER_SECONDS;
  const message = detail === undefined ? reason : `${reason}: ${detail}`;
  return status(code, { code, message }) as FailureReply;
}

/** A request whose form is wrong, found before any rule of the business is asked. */
export class BadRequest extends Error {
  constructor(
    readonly statusCode: 400 | 413 | 415,
    message: string,
  ) {
    super(message);
  }
}

/** A request without a credential that it needs, or with a wrong one. What else is wrong with it, it is not told. */
export class Unauthorized extends Error {
  /** `challenge`: what credential it needs, as `WWW-Authenticate` has it. */
  constructor(readonly challenge = CHALLENGE) {
    super();
  }
}

/** A request of one who has sent too many. The headers that say so are set by whoever throws it. */
export class TooManyRequests extends Error {}

/** Which methods a path can be asked with; none when there is no such path. */
export type MethodsOf = (path: string) => readonly string[];

/** Whether whoever asks for this path may not even learn that it is none. */
export type IsHidden = (path: string, request: Request) => boolean;

/** Counts a request that was refused for who it is from; false when there have been too many. */
export type MayFail = (request: Request, set: Reply) => boolean;

/** Turns everything that is thrown into the contract's shape. What is not the client's mistake is logged, and not shown. */
export function errorShape(
  log: Pick<Log, 'error'>,
  methodsOf: MethodsOf,
  isHidden: IsHidden = () => false,
  mayFail: MayFail = () => true,
) {
  return new Elysia().onError({ as: 'global' }, ({ error: thrown, request, set }) => {
    const cause = thrown instanceof ParseError ? thrown.cause : thrown;
    const isForbidden = cause instanceof NotFoundError && isHidden(pathOf(request), request);
    const error = isForbidden ? new Unauthorized() : cause;
    const reason = explain(error);
    const isTooMany = reason[0] === 401 && !mayFail(request, set);
    const [code, message] = isTooMany ? explain(new TooManyRequests()) : reason;
    if (code !== 404) {
      // Of the two kinds of 401, the one that is thrown is of the scheme that HTTP knows.
      if (code === 401 && error instanceof Unauthorized) set.headers['www-authenticate'] = error.challenge;
      if (code === 500) log.error(`${request.method} ${pathOf(request)} failed`, error);
      set.status = code;
      return { code, message };
    }
    const methods = methodsOf(pathOf(request));
    if (methods.length === 0) {
      set.status = 404;
      return { code: 404, message: 'not found' };
    }
    set.status = 405;
    // Whoever answers GET answers HEAD.
    set.headers.allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : method)).join(', ');
    return { code: 405, message: 'method not allowed' };
  });
}

/** The path that was asked for. `URL` would throw where the Host header is none. */
export function pathOf({ url }: Request): string {
  return url.replace(/^https?:\/\/[^/]*/, '').replace(/\?.*$/s, '');
}

function explain(error: unknown): [code: number, message: string] {
  if (error instanceof BadRequest) return [error.statusCode, error.message];
  if (error instanceof Unauthorized) return [STATUS.unauthorized, 'unauthorized'];
  if (error instanceof TooManyRequests) return [STATUS['too many requests'], 'too many requests'];
  if (error instanceof NotFoundError) return [404, 'not found'];
  if (error instanceof ValidationError && error.type !== 'response') {
    return [400, `invalid ${faultOf(error)}`];
  }
  return [500, 'internal error'];
}

/**
 * What is wrong: the first field, by the name that the contract has for it. What is no object at all lacks its first field.
 * Where the schema of a body describes what it must be, that is told as well; those of the nine operations do not.
 */
function faultOf({ type, validator, valueError }: ValidationError): string {
  const path: unknown = valueError?.path;
  const [, field, ...inner] = typeof path === 'string' ? path.split('/') : [];
  if (field !== undefined) return withReason(nameOf(field), valueError?.schema, inner.at(-1));
  const body = descriptionOf(valueError?.schema);
  if (body !== undefined) return `${type}: must be ${body}`;
  const [[first, schema] = [type, undefined]] = Object.entries(propertiesOf(validator));
  return withReason(nameOf(first), schema);
}

/** The last part of a path to what is in a field is a name in an object, or a number in a list. */
function withReason(field: string, schema: unknown, part?: string): string {
  const description = descriptionOf(schema);
  if (description === undefined) return field;
  const what = part === undefined ? '' : /^\d+$/.test(part) ? 'each ' : `${part} `;
  return `${field}: ${what}must be ${description}`;
}

function nameOf(field: string): string {
  return field === 'amount' ? 'recharge amount' : field;
}

function descriptionOf(schema: unknown): string | undefined {
  if (typeof schema !== 'object' || schema === null || !('description' in schema)) return undefined;
  return typeof schema.description === 'string' ? schema.description : undefined;
}

/** The fields of the schema behind a validator, whose form differs with the host. */
function propertiesOf(validator: object): object {
  const schema = 'schema' in validator ? validator.schema : undefined;
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return {};
  return schema.properties ?? {};
}
