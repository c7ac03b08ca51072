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

type FailureStatus = 400 | 401 | 404 | 422 | 500 | 503;

/** What the handler of any route may answer besides its success. */
export const failures = {
  400: Failure,
  401: Failure,
  404: Failure,
  422: Failure,
  500: Failure,
  503: Failure,
};

/** The one table from a reason to its status. */
const STATUS: Record<Reason, FailureStatus> = {
  'invalid token': 401,
  unauthorized: 401,
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
  'invalid recharge amount': 400,
  'payment failed': 500,
  'recharge failed': 500,
  'idempotency key reused': 422,
  'too many streams': 503,
  overloaded: 503,
  'internal error': 500,
  'not ready': 503,
};

/** Every reason that there is. */
export const REASONS = Object.keys(STATUS) as Reason[];

export const RETRY_AFTER_SECONDS = '1';
const CHALLENGE = 'Bearer realm="seatline"';

export function statusOf(reason: Reason): FailureStatus {
  return STATUS[reason];
}

type FailureBody = Static<typeof Failure>;

/** One type for each status, as Elysia pairs a status with the schema of its body. */
type FailureReply = { [S in FailureStatus]: ElysiaCustomStatusResponse<S, FailureBody> }[FailureStatus];

interface Reply {
  headers: Record<string, string | number>;
}

/** Answers a refusal. A 503 says when to come again. */
export function fail(set: Reply, { reason }: Refusal): FailureReply {
  const code = STATUS[reason];
  if (code === 503) set.headers['retry-after'] = RETRY_AFTER_SECONDS;
  return status(code, { code, message: reason }) as FailureReply;
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

/** A request to an operator's route that is not the operator's. What else is wrong with it, it is not told. */
export class Unauthorized extends Error {}

/** Which methods a path can be asked with; none when there is no such path. */
export type MethodsOf = (path: string) => readonly string[];

/** Whether whoever asks for this path may not even learn that it is none. */
export type IsHidden = (path: string, request: Request) => boolean;

/** Turns everything that is thrown into the contract's shape. What is not the client's mistake is logged, and not shown. */
export function errorShape(log: Pick<Log, 'error'>, methodsOf: MethodsOf, isHidden: IsHidden = () => false) {
  return new Elysia().onError({ as: 'global' }, ({ error: thrown, request, set }) => {
    const isForbidden = thrown instanceof NotFoundError && isHidden(pathOf(request), request);
    const error = isForbidden ? new Unauthorized() : thrown;
    const [code, message] = explain(error);
    if (code !== 404) {
      // Of the two kinds of 401, the one that is thrown is of the scheme that HTTP knows.
      if (code === 401) set.headers['www-authenticate'] = CHALLENGE;
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
function pathOf({ url }: Request): string {
  return url.replace(/^https?:\/\/[^/]*/, '').replace(/\?.*$/s, '');
}

function explain(error: unknown): [code: number, message: string] {
  if (error instanceof ParseError) return explain(error.cause);
  if (error instanceof BadRequest) return [error.statusCode, error.message];
  if (error instanceof Unauthorized) return [STATUS.unauthorized, 'unauthorized'];
  if (error instanceof NotFoundError) return [404, 'not found'];
  if (error instanceof ValidationError && error.type !== 'response') {
    return [400, `invalid ${nameOf(error)}`];
  }
  return [500, 'internal error'];
}

/** The name that the contract has for what is wrong: the first field. What is no object at all lacks its first field. */
function nameOf({ type, validator, valueError }: ValidationError): string {
  const path: unknown = valueError?.path;
  const isField = typeof path === 'string' && path !== '';
  const [field = type] = isField ? path.split('/').slice(1) : fieldsOf(validator);
  return field === 'amount' ? 'recharge amount' : field;
}

/** The fields of the schema behind a validator, whose form differs with the host. */
function fieldsOf(validator: object): string[] {
  const schema = 'schema' in validator ? validator.schema : undefined;
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return [];
  return Object.keys(schema.properties ?? {});
}
