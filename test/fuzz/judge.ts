import type { OpenAPIV3 } from 'openapi-types';
import { differences, given, operationsOf, parametersOf, pathPattern, resolve } from '../support/document.ts';
import type { Reply } from '../support/wire.ts';
import { bodySchemaOf, hasCredentials, type Plan, refusalOf } from './plans.ts';
import type { Sent } from './request.ts';
import { bodyBytesMaxOf } from './tame.ts';

const JSON_TYPE = 'application/json';
const EVENTS = 'text/event-stream';
const NOT_FOUND = { code: 404, message: 'not found' };
const NOT_ALLOWED = { code: 405, message: 'method not allowed' };
/** What the form of a body is refused with, whichever operation reads it. */
const BODY_REFUSALS = ['invalid JSON', 'duplicate key', 'nested too deeply'];

/** Says what is wrong with an answer; nothing when it is what the document and the contract promise. */
export class Judge {
  private readonly paths: readonly { readonly method: string; readonly pattern: RegExp }[];
  /** Every failure of every operation, as it is written. */
  private readonly failures: ReadonlySet<string>;

  constructor(private readonly document: OpenAPIV3.Document) {
    const operations = operationsOf(document);
    this.paths = operations.map((described) => ({
      method: described.method,
      pattern: pathPattern(described),
    }));
    this.failures = new Set(
      [NOT_FOUND, NOT_ALLOWED]
        .map((failure) => JSON.stringify(failure))
        .concat(
          operations.flatMap(({ operation }) => Object.values(operation.responses).flatMap(failuresOf)),
        ),
    );
  }

  /** An answer that is null is a connection that was closed without one. */
  faults(plan: Plan, sent: Sent, reply: Reply | null): string[] {
    const { fault } = plan;
    if (fault.kind === 'bytes') return reply === null || isBelow(reply) ? [] : this.faultsOfAny(sent, reply);
    if (reply === null) return ['the connection was closed without an answer'];
    if (reply.status >= 500) return [`it answered ${reply.status}`];
    if (fault.kind === 'path' || fault.kind === 'method') return this.faultsElsewhere(sent, reply);
    return [...this.faultsOfForm(plan, sent, reply), ...this.faultsOfStatus(plan, sent, reply)];
  }

  /** Where the path or the method is not that of the operation any more. */
  private faultsElsewhere(sent: Sent, reply: Reply): string[] {
    const methods = this.paths.filter(({ pattern }) => pattern.test(sent.path)).map(({ method }) => method);
    const allowed = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    if (allowed.includes(sent.method)) return this.faultsOfAny(sent, reply);
    const expected = allowed.length === 0 ? NOT_FOUND : NOT_ALLOWED;
    const faults = this.faultsOfAny(sent, reply);
    if (reply.status !== expected.code) faults.push(`it is not ${expected.code}`);
    if (expected === NOT_FOUND) return faults;
    const allow = reply.headers.get('allow') ?? '';
    if (allow.split(', ').sort().join() !== allowed.sort().join()) faults.push(`Allow is ${allow}`);
    return faults;
  }

  /** Whichever operation answered, a failure has the shape and the words of one. */
  private faultsOfAny({ method }: Sent, { status, headers, body }: Reply): string[] {
    if (status >= 500) return [`it answered ${status}`];
    if (status < 400 || method === 'HEAD') return [];
    const isFailure = this.failures.has(withoutWhy(body)) && body.startsWith(`{"code":${status},`);
    return isFailure && typeOf(headers) === JSON_TYPE ? [] : ['it is no failure that is documented'];
  }

  private faultsOfForm({ described }: Plan, { method }: Sent, { status, headers, body }: Reply): string[] {
    const documented = described.operation.responses[status];
    if (documented === undefined) return [`${status} is not documented`];
    const { content } = given(documented);
    if (content === undefined || method === 'HEAD') return body === '' ? [] : ['it has a body'];
    const type = typeOf(headers);
    const media = content[type];
    if (media?.schema === undefined) return [`its content type is ${type}`];
    if (type === EVENTS) return faultsOfEvents(body, media.example);
    if (type !== JSON_TYPE) return [];
    if (status >= 400) {
      const told = hasCredentials(described.operation) ? withoutWhy(body) : body;
      return failuresOf(documented).includes(told) ? [] : ['its message is not documented'];
    }
    return differences(this.document, media.schema, parsed(body));
  }

  /** Whether a sound request was taken for a malformed one, or the other way round. */
  private faultsOfStatus({ described: { operation }, fault }: Plan, sent: Sent, reply: Reply): string[] {
    const { status } = reply;
    const expect = (...statuses: (number | undefined)[]) =>
      statuses.includes(status) ? [] : [`it is not ${statuses.join(' or ')}`];
    switch (fault.kind) {
      case 'none':
        return this.isRefusalOfShape(operation, reply) ? ['nothing is wrong with the request'] : [];
      case 'parameter':
        return expect(refusalOf(operation, { ...fault.part, required: true }));
      case 'credentials':
        return expect(401);
      case 'content type':
        return expect(415);
      case 'text':
      case 'body':
      case 'no body':
        return expect(sent.bodyBytes > bodyBytesMaxOf(operation) ? 413 : 400);
      default:
        return [];
    }
  }

  /** Whether the answer finds fault with the form, and not with the state of the world. */
  private isRefusalOfShape(operation: OpenAPIV3.OperationObject, { status, body }: Reply): boolean {
    if ([405, 413, 415].includes(status)) return true;
    if (status !== 400) return false;
    // An operator is told what a field must be; what else is wrong with it, only the world can tell.
    const message = String(Object(parsed(body)).message).replace(/: .*must be .*/, '');
    const fields = parametersOf(operation).map(({ name }) => name);
    const schema = bodySchemaOf(operation);
    if (schema !== undefined) fields.push(...Object.keys(resolve(this.document, schema).properties ?? {}));
    const refusals = [...fields, 'body'].map((name) => `invalid ${name}`);
    return [...refusals, ...BODY_REFUSALS].includes(message);
  }
}

/** An operator is told why as well, in words that the document leaves open. */
function withoutWhy(body: string): string {
  return body.replace(/(?<="message":"[a-zA-Z ]+): .*(?="\}$)/, '');
}

/** A stream begins with the time after which to come again, and with one event like the example. */
function faultsOfEvents(text: string, example: unknown): string[] {
  const shape = (block: string | undefined) => {
    const [, data] = /^id: [^\n]+\ndata: ([^\n]+)$/.exec(block ?? '') ?? [];
    return Object.entries(Object(parsed(data ?? '')))
      .map(([key, value]) => `${key}: ${typeof value}`)
      .join();
  };
  const [retry, event] = text.split('\n\n');
  const [first] = String(example).split('\n\n');
  const isRight = /^retry: \d+$/.test(retry ?? '') && shape(event) !== '' && shape(event) === shape(first);
  return isRight ? [] : [`the stream begins with ${JSON.stringify(text)}`];
}

/** The failures that are documented for one status, as they are written. */
function failuresOf(response: OpenAPIV3.ResponseObject | OpenAPIV3.ReferenceObject): string[] {
  const { examples = {} } = given(response).content?.[JSON_TYPE] ?? {};
  return Object.values(examples).map((example) => JSON.stringify(given(example).value));
}

/** Bytes that are no HTTP are answered below us, by a status alone. */
function isBelow({ status, body }: Reply): boolean {
  return body === '' && [400, 431, 505].includes(status);
}

function typeOf(headers: Headers): string {
  return headers.get('content-type')?.split(';')[0] ?? 'none';
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error is the parser's way of saying no.
    return undefined;
  }
}
