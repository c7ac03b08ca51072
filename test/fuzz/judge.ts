import type { OpenAPIV3 } from 'openapi-types';
import { BODY_BYTES_MAX } from '../../src/http/json.ts';
import { differences, given, operationsOf, parametersOf, pathPattern, resolve } from '../support/document.ts';
import type { Reply } from '../support/wire.ts';
import { bodySchemaOf, type Plan, refusalOf } from './plans.ts';
import type { Sent } from './request.ts';

const EVENTS = 'text/event-stream';
const FAILURE_KEYS = 'code,message';
/** What no answer of ours ever tells: a stack, a statement, a file. */
const LEAKS = /\bat .*:\d+|node_modules|\bSELECT\b|\bINSERT\b|sqlite|libsql|\.ts\b/i;

/** Says what is wrong with an answer; nothing when it is what the document and the contract promise. */
export class Judge {
  private readonly paths: readonly { readonly method: string; readonly pattern: RegExp }[];

  constructor(private readonly document: OpenAPIV3.Document) {
    this.paths = operationsOf(document).map((described) => ({
      method: described.method,
      pattern: pathPattern(described),
    }));
  }

  /** An answer that is null is a connection that was closed without one. */
  faults(plan: Plan, sent: Sent, reply: Reply | null): string[] {
    const { fault } = plan;
    if (fault.kind === 'bytes') return reply === null ? [] : this.faultsBelow(reply);
    if (reply === null) return ['the connection was closed without an answer'];
    if (sent.method === 'HEAD') return this.faultsOfHead(plan, sent, reply);
    const { status } = reply;
    if (status >= 500) return [`it answered ${status}`];
    const allowed = this.methodsOf(sent.path);
    if (fault.kind === 'path' || fault.kind === 'method') {
      // It has become another operation's request, or a sound one again.
      if (allowed.includes(sent.method)) return this.faultsOfAny(reply);
      const expected = allowed.length === 0 ? [404, 'not found'] : [405, 'method not allowed'];
      return [
        ...this.faultsOfFailure(reply, expected),
        ...(status === 405 ? this.faultsOfAllow(reply, allowed) : []),
      ];
    }
    return [...this.faultsOfDocumented(plan, reply), ...this.faultsOfStatus(plan, sent, reply)];
  }

  private faultsOfDocumented({ described: { operation } }: Plan, reply: Reply): string[] {
    const documented = operation.responses[reply.status];
    if (documented === undefined) return [`${reply.status} is not documented`];
    const { content } = given(documented);
    if (content === undefined) return reply.body === '' ? [] : ['it has a body'];
    const type = typeOf(reply);
    const media = content[type ?? ''];
    if (media?.schema === undefined) return [`its content type is ${type}`];
    if (type === EVENTS) return faultsOfEvents(reply.body, media.example);
    const body = parsed(reply.body);
    if (body === undefined) return ['its body is no JSON'];
    const wrong = differences(this.document, media.schema, body);
    if (reply.status < 400) return wrong;
    const messages = Object.values(media.examples ?? {}).map((example) => given(example).value);
    const isKnown = messages.some((value) => JSON.stringify(value) === reply.body);
    return isKnown ? [] : [...wrong, 'its message is not documented'];
  }

  private faultsOfFailure(reply: Reply, [code, message]: (string | number)[]): string[] {
    const isRight = reply.status === code && reply.body === JSON.stringify({ code, message });
    return [
      ...(isRight ? [] : [`it is not ${code} ${message}`]),
      ...(typeOf(reply) === 'application/json' ? [] : [`its content type is ${typeOf(reply)}`]),
    ];
  }

  private faultsOfAllow({ headers }: Reply, allowed: readonly string[]): string[] {
    const allow = headers.get('allow') ?? '';
    const isRight = allow.split(', ').sort().join() === [...allowed].sort().join();
    return isRight ? [] : [`Allow is ${allow}, not ${allowed.join(', ')}`];
  }

  /** The answer of whichever operation it was. */
  private faultsOfAny(reply: Reply): string[] {
    if (reply.status < 400) return [];
    const body = parsed(reply.body);
    const isFailure = Object.keys(Object(body)).join() === FAILURE_KEYS && Object(body).code === reply.status;
    return isFailure && typeOf(reply) === 'application/json' ? [] : ['it is not in the shape of a failure'];
  }

  /** The same as GET, without the body. */
  private faultsOfHead(plan: Plan, sent: Sent, reply: Reply): string[] {
    if (reply.status >= 500) return [`it answered ${reply.status}`];
    if (plan.fault.kind === 'method' && !this.methodsOf(sent.path).includes('HEAD')) {
      return reply.status === 405 ? [] : ['it is not 405'];
    }
    const { responses } = plan.described.operation;
    return responses[reply.status] === undefined && plan.fault.kind !== 'method'
      ? [`${reply.status} is not documented`]
      : [];
  }

  /** Bytes that are no HTTP are answered below us, by a status alone; the rest is a request, whichever it is. */
  private faultsBelow(reply: Reply): string[] {
    if (reply.body === '' && [400, 431, 505].includes(reply.status)) return [];
    if (reply.status >= 500) return [`it answered ${reply.status}`];
    return reply.body === '' ? [] : this.faultsOfAny(reply);
  }

  /** Whether a sound request was taken for a malformed one, or the other way round. */
  private faultsOfStatus({ described: { operation }, fault }: Plan, sent: Sent, reply: Reply): string[] {
    const { status, body } = reply;
    if (LEAKS.test(body) && status >= 400) return ['it tells what is inside'];
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
        return expect(sent.bodyBytes > BODY_BYTES_MAX ? 413 : 400);
      default:
        return [];
    }
  }

  /** Whether the answer finds fault with the form, and not with the state of the world. */
  private isRefusalOfShape(operation: OpenAPIV3.OperationObject, { status, body }: Reply): boolean {
    if ([405, 413, 415].includes(status)) return true;
    if (status !== 400) return false;
    const { message } = Object(parsed(body));
    const fields = parametersOf(operation).map(({ name }) => name);
    const schema = bodySchemaOf(operation);
    if (schema !== undefined) fields.push(...Object.keys(resolve(this.document, schema).properties ?? {}));
    const refusals = fields.map((name) => `invalid ${name}`);
    return [...refusals, 'invalid JSON', 'duplicate key', 'nested too deeply'].includes(message);
  }

  private methodsOf(path: string): string[] {
    const methods = this.paths.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  }
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

function typeOf({ headers }: Reply): string | undefined {
  return headers.get('content-type')?.split(';')[0];
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
