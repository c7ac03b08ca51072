import { type TSchema, Type } from '@sinclair/typebox';
import type { OpenAPIV3 } from 'openapi-types';
import type { Reason } from '../refusal.ts';
import { Failure, statusOf } from './errors.ts';
import { idempotencyHeader, replayedHeader } from './idempotency.ts';

type Parameter = OpenAPIV3.ParameterObject;
type Headers = Record<string, OpenAPIV3.HeaderObject>;

/** What the documentation says of one operation. */
export interface Operation {
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly success: {
    readonly description: string;
    readonly contentType?: string;
    readonly schema: TSchema;
    readonly example: unknown;
    readonly headers?: Headers;
  };
  /** What it means when it answers 204, if it does. */
  readonly nothing?: string;
  /** What it means when it answers 304, if it does. */
  readonly unchanged?: string;
  /** The rules' reasons to refuse. */
  readonly reasons?: readonly Reason[];
  /** The fields of path, query and body that answer `400 invalid <name>`. */
  readonly fields?: readonly string[];
  readonly hasBody?: boolean;
  /** A body that no schema checks as a whole. */
  readonly body?: OpenAPIV3.RequestBodyObject;
  /** What else it refuses. */
  readonly messages?: readonly (readonly [code: number, message: string])[];
  /** Whether it takes a key under which it may come again. */
  readonly isRepeatable?: boolean;
  /** Whether it is counted how often one asks, and not only how often in vain. */
  readonly isCounted?: boolean;
  /** Whether only the operator may ask. */
  readonly isForOperators?: boolean;
  /** Whether it acts for a user, so that only that user may ask where the service asks who somebody is. */
  readonly isOfUser?: boolean;
  /** Whether it answers whatever is broken behind it. */
  readonly cannotFail?: boolean;
}

/** The status without a body that says that nothing has changed. */
const UNCHANGED = 304;

/** The security scheme of what only the operator may ask. */
export const OPERATOR = 'operator';

/** The security scheme of what only the user may ask whom it is about. */
export const USER = 'user';

/** As large as token ids are: a client that reads them into 32 bits would notice at the example already. */
export const TOKEN_EXAMPLE = 6209817345021873;

const ID = { type: 'integer', format: 'int64', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;

/** An id in the path. */
export function idInPath(name: string, description: string): Parameter {
  return { name, in: 'path', required: true, description, schema: ID, example: 1 };
}

/** An id that must stand in the query. */
export function requiredIdInQuery(name: string, description: string): Parameter {
  return { name, in: 'query', required: true, description, schema: ID, example: 1 };
}

/** An optional id in the query. It has no example: the page would fill it in, and narrow the answer unasked. */
export function idInQuery(name: string, description: string): Parameter {
  return { name, in: 'query', required: false, description, schema: ID };
}

/** How many items of a list to show. */
export function limitParameter(max: number, fallback: number): Parameter {
  const schema = { type: 'integer', format: 'int64', minimum: 1, maximum: max, default: fallback } as const;
  return {
    name: 'limit',
    in: 'query',
    required: false,
    description: 'How many to show',
    schema,
    example: 20,
  };
}

export const tokenHeader: Parameter = {
  name: 'TOKEN-ID',
  in: 'header',
  required: true,
  description: 'The `tokenId` of the user, as the waiting line gave it out',
  schema: ID,
  example: TOKEN_EXAMPLE,
};

export const lastEventId: Parameter = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'The id of the last event that was heard, as a browser sends it when it connects again',
  schema: { type: 'string' },
};

export const ifNoneMatch: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description:
    'The `ETag` of the answer that the client has, or a list of such, or `*`; what is malformed is ignored',
  schema: { type: 'string' },
};

/** The headers of an answer that stays good as long as a state lasts. */
export const stateHeaders: Headers = {
  ETag: {
    description: 'Names the state that the answer tells of, in whatever encoding',
    schema: { type: 'string' },
    example: 'W/"1hn4k0xkq3f-2s"',
  },
  'Cache-Control': {
    description: 'It may be kept by who asked, who is to ask again before using it',
    schema: { type: 'string' },
    example: 'private, no-cache',
  },
  Vary: {
    description: 'Names `Accept-Encoding` where the answer is one that can be compressed',
    schema: { type: 'string' },
    example: 'Accept-Encoding',
  },
};

/** The header of an answer that may be compressed. */
export const contentEncoding: Headers = {
  'Content-Encoding': {
    description: 'How the answer is compressed, if it is',
    schema: { type: 'string', enum: ['gzip'] },
  },
};

/** The header that tells a client when to come again, in seconds. */
export function retryAfter(description: string): Headers {
  return { 'Retry-After': { description, schema: { type: 'integer', minimum: 1 }, example: 1 } };
}

/** As the IETF draft `ratelimit-headers` has them. */
const rateLimitHeaders: Headers = {
  'RateLimit-Policy': {
    description:
      'What is limited, if the service limits it: at most `q` at once, which come back in `w` seconds',
    schema: { type: 'string' },
    example: '"joins-per-address";q=1000;w=10, "joins-per-user";q=10;w=10',
  },
  RateLimit: {
    description: 'How many of each are left, `r`, and in how many seconds there is one more, `t`',
    schema: { type: 'string' },
    example: '"joins-per-address";r=999;t=1, "joins-per-user";r=9;t=1',
  },
};

/** A success that is a stream of events, whose data are JSON. */
export function eventStreamOf(data: unknown, id: string) {
  const example = `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
  return { contentType: 'text/event-stream', schema: Type.String(), example };
}

/** The OpenAPI form of an operation: every status that it can answer with, each with its examples. */
export function describe(operation: Operation) {
  const { success, reasons = [], fields = [], hasBody = false, cannotFail = false } = operation;
  const { isRepeatable = false, isCounted = false, isOfUser = false } = operation;
  // Whoever could be refused for a wrong token is counted then.
  const isLimited = isCounted || isOfUser || reasons.some((reason) => statusOf(reason) === 401);
  const messages: (readonly [code: number, message: string])[] = [
    ...fields.map((field): [number, string] => [400, `invalid ${field}`]),
    ...(hasBody ? bodyMessages : []),
    ...(isRepeatable ? repeatableMessages : []),
    ...[...(isOfUser ? userReasons : []), ...reasons].map((reason): [number, string] => [
      statusOf(reason),
      reason,
    ]),
    ...(isLimited ? limitMessages : []),
    ...(operation.messages ?? []),
    ...(cannotFail ? [] : faultMessages),
  ];
  const headers = {
    ...success.headers,
    ...(isRepeatable ? replayedHeader : {}),
    ...(isCounted ? rateLimitHeaders : {}),
  };
  const responses: OpenAPIV3.ResponsesObject = { 200: answer({ ...success, headers }) };
  if (operation.nothing !== undefined) responses[204] = { description: operation.nothing };
  if (operation.unchanged !== undefined)
    responses[UNCHANGED] = { description: operation.unchanged, headers: stateHeaders };
  for (const code of new Set(messages.map(([code]) => code))) {
    const texts = messages.filter(([c]) => c === code).map(([, message]) => message);
    responses[code] = {
      description: texts.join(' · '),
      ...headersOf(code),
      content: {
        'application/json': {
          schema: { ...schemaOf(Failure), title: 'Failure' },
          examples: Object.fromEntries(texts.map((message) => [message, { value: { code, message } }])),
        },
      },
    };
  }
  return {
    operationId: operation.operationId,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    ...(operation.isForOperators === true ? { security: [{ [OPERATOR]: [] }] } : {}),
    // Either of the two will do, as far as the document can tell: which one is a setting of the service.
    ...(isOfUser ? { security: [{}, { [USER]: [] }] } : {}),
    parameters: [...(operation.parameters ?? []), ...(isRepeatable ? [idempotencyHeader] : [])],
    ...(operation.body === undefined ? {} : { requestBody: operation.body }),
    responses,
  };
}

/** Whether an operation with this documentation tells those who ask again that nothing has changed. */
export function canBeUnchanged(documentation: { responses?: OpenAPIV3.ResponsesObject } = {}): boolean {
  return documentation.responses?.[UNCHANGED] !== undefined;
}

/** The headers that go with a failure of this status. */
function headersOf(code: number): { headers?: Headers } {
  const comeAgain = retryAfter('In how many seconds to try again');
  if (code === 503) return { headers: comeAgain };
  if (code === 429) return { headers: { ...comeAgain, ...rateLimitHeaders } };
  return code === 401 ? { headers: rateLimitHeaders } : {};
}

const limitMessages: [number, string][] = [[statusOf('too many requests'), 'too many requests']];
const userReasons: Reason[] = ['unauthorized', 'forbidden'];

const faultMessages: [number, string][] = [
  [500, 'internal error'],
  [503, 'not ready'],
  [503, 'overloaded'],
];

const repeatableMessages: [number, string][] = [
  [400, 'invalid Idempotency-Key'],
  [422, 'idempotency key reused'],
];

const bodyMessages: [number, string][] = [
  [400, 'invalid JSON'],
  [400, 'duplicate key'],
  [400, 'nested too deeply'],
  [413, 'body too large'],
  [415, 'unsupported content type'],
];

function answer(success: Operation['success']): OpenAPIV3.ResponseObject {
  const { description, headers, contentType = 'application/json', schema, example } = success;
  return {
    description,
    ...(headers === undefined || Object.keys(headers).length === 0 ? {} : { headers }),
    content: { [contentType]: { schema: schemaOf(schema), example } },
  };
}

/** A TypeBox schema is a JSON Schema already; OpenAPI's type knows fewer keywords than JSON Schema does. */
function schemaOf(schema: TSchema): OpenAPIV3.SchemaObject {
  return JSON.parse(JSON.stringify(schema));
}
