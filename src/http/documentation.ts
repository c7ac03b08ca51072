import type { TSchema } from '@sinclair/typebox';
import type { OpenAPIV3 } from 'openapi-types';
import type { Reason } from '../refusal.ts';
import { Failure, statusOf } from './errors.ts';

type Parameter = OpenAPIV3.ParameterObject;

/** What the documentation says of one operation. */
export interface Operation {
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly success: { readonly description: string; readonly schema: TSchema; readonly example: unknown };
  /** The rules' reasons to refuse. */
  readonly reasons?: readonly Reason[];
  /** The fields of path, query and body that answer `400 invalid <name>`. */
  readonly fields?: readonly string[];
  readonly hasBody?: boolean;
}

const ID = { type: 'integer', format: 'int64', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;

/** An id in the path. */
export function idInPath(name: string, description: string): Parameter {
  return { name, in: 'path', required: true, description, schema: ID, example: 1 };
}

/** An optional id in the query. */
export function idInQuery(name: string, description: string): Parameter {
  return { name, in: 'query', required: false, description, schema: ID, example: 10 };
}

export const tokenHeader: Parameter = {
  name: 'TOKEN-ID',
  in: 'header',
  required: true,
  description: 'The token that the waiting line gave out',
  schema: ID,
  example: 1,
};

/** The OpenAPI form of an operation: every status that it can answer with, each with its examples. */
export function describe(operation: Operation) {
  const { success, reasons = [], fields = [], hasBody = false } = operation;
  const messages: [code: number, message: string][] = [
    ...fields.map((field): [number, string] => [400, `invalid ${field}`]),
    ...(hasBody ? bodyMessages : []),
    ...reasons.map((reason): [number, string] => [statusOf(reason), reason]),
    [500, 'internal error'],
    [503, 'shutting down'],
  ];
  const responses: OpenAPIV3.ResponsesObject = { 200: answer(success) };
  for (const code of new Set(messages.map(([code]) => code))) {
    const texts = messages.filter(([c]) => c === code).map(([, message]) => message);
    responses[code] = {
      description: texts.join(' · '),
      content: {
        'application/json': {
          schema: schemaOf(Failure),
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
    parameters: [...(operation.parameters ?? [])],
    responses,
  };
}

const bodyMessages: [number, string][] = [
  [400, 'invalid JSON'],
  [413, 'body too large'],
  [415, 'unsupported content type'],
];

function answer({ description, schema, example }: Operation['success']): OpenAPIV3.ResponseObject {
  return { description, content: { 'application/json': { schema: schemaOf(schema), example } } };
}

/** A TypeBox schema is a JSON Schema already; OpenAPI's type knows fewer keywords than JSON Schema does. */
function schemaOf(schema: TSchema): OpenAPIV3.SchemaObject {
  return JSON.parse(JSON.stringify(schema));
}
