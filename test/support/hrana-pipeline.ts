import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import Libsql from 'libsql';

/**
 * What the libSQL client sends to `v2/pipeline`: one stream, from its opening to its end. The protocol has more, but a
 * request that stands here in another shape than the client's is refused, so that nothing is answered by a guess.
 */
export type Pipeline = Static<typeof Pipeline>;

const Argument = Type.Union([
  Type.Object({ type: Type.Literal('null') }),
  Type.Object({ type: Type.Literal('integer'), value: Type.String() }),
  Type.Object({ type: Type.Literal('float'), value: Type.Number() }),
  Type.Object({ type: Type.Literal('text'), value: Type.String() }),
  Type.Object({ type: Type.Literal('blob'), base64: Type.String() }),
]);
const Statement = Type.Object({
  sql: Type.Optional(Type.String()),
  sql_id: Type.Optional(Type.Integer()),
  args: Type.Array(Argument),
  named_args: Type.Array(Type.Never(), { maxItems: 0 }),
  want_rows: Type.Boolean(),
});
const Condition = Type.Recursive((Condition) =>
  Type.Union([
    Type.Object({ type: Type.Literal('ok'), step: Type.Integer() }),
    Type.Object({ type: Type.Literal('not'), cond: Condition }),
  ]),
);
const Batch = Type.Object({
  steps: Type.Array(Type.Object({ condition: Type.Optional(Condition), stmt: Statement })),
});
const Request = Type.Union([
  Type.Object({ type: Type.Literal('store_sql'), sql_id: Type.Integer(), sql: Type.String() }),
  Type.Object({ type: Type.Literal('execute'), stmt: Statement }),
  Type.Object({ type: Type.Literal('batch'), batch: Batch }),
  Type.Object({ type: Type.Literal('sequence'), sql: Type.String() }),
  Type.Object({ type: Type.Literal('close') }),
]);
const Pipeline = Type.Object({ requests: Type.Array(Request) }, { additionalProperties: false });

/** Throws when it is none, or leaves its stream open. */
export function readPipeline(body: unknown): Pipeline {
  Value.Assert(Pipeline, body);
  if (body.requests.at(-1)?.type !== 'close') throw new Error('the stream is left open');
  return body;
}

/** Whether it is a batch that begins as a writer, as a commit of the service does and nothing else. */
export function isCommit({ requests }: Pipeline): boolean {
  return requests.some((r) => r.type === 'batch' && r.batch.steps[0]?.stmt.sql === 'BEGIN IMMEDIATE');
}

/** Applies it to the file, on a connection of its own as each stream has one, and returns what the protocol answers. */
export function apply({ requests }: Pipeline, path: string): object {
  const connection = new Libsql(path);
  const stream = new Stream(connection);
  try {
    const results = requests.map((request) => {
      const { result, error } = attempt(() => stream.answer(request));
      return error === null
        ? { type: 'ok', response: { type: request.type, ...result } }
        : { type: 'error', error };
    });
    return { baton: null, base_url: null, results };
  } finally {
    connection.close();
  }
}

class Stream {
  private readonly texts = new Map<number, string>();

  constructor(private readonly connection: Libsql.Database) {}

  answer(request: Static<typeof Request>): object {
    switch (request.type) {
      case 'store_sql':
        this.texts.set(request.sql_id, request.sql);
        return {};
      case 'execute':
        return { result: this.execute(request.stmt) };
      case 'batch':
        return { result: this.batch(request.batch) };
      case 'sequence':
        this.connection.exec(request.sql);
        return {};
      case 'close':
        return {};
    }
  }

  /** Each step has a result, an error, or neither where its condition was not met. */
  private batch({ steps }: Static<typeof Batch>): object {
    const outcomes: Outcome[] = [];
    const isMet = (condition: Static<typeof Condition>): boolean =>
      condition.type === 'ok' ? Boolean(outcomes[condition.step]?.result) : !isMet(condition.cond);
    for (const { condition, stmt } of steps) {
      const isSkipped = condition !== undefined && !isMet(condition);
      outcomes.push(isSkipped ? { result: null, error: null } : attempt(() => this.execute(stmt)));
    }
    return {
      step_results: outcomes.map(({ result }) => result),
      step_errors: outcomes.map(({ error }) => error),
    };
  }

  private execute({ sql, sql_id, args }: Static<typeof Statement>): object {
    const text = sql ?? this.texts.get(sql_id ?? Number.NaN);
    if (text === undefined) throw new Error('the text of a statement is missing');
    const statement = this.connection.prepare(text);
    const values = args.map(read);
    if (!statement.reader) {
      const { changes, lastInsertRowid } = statement.run(values);
      return { cols: [], rows: [], affected_row_count: changes, last_insert_rowid: String(lastInsertRowid) };
    }
    const cols = statement.columns().map(({ name, type }) => ({ name, decltype: type }));
    const rows = statement.raw().safeIntegers().all(values).map(writeRow);
    const [changes] = this.connection.prepare('select changes()').pluck().all();
    const affected = /^\s*(insert|update|delete)\b/i.test(text) ? changes : 0;
    return { cols, rows, affected_row_count: affected, last_insert_rowid: null };
  }
}

interface Outcome {
  readonly result: object | null;
  readonly error: { readonly message: string; readonly code: string } | null;
}

/** An error of SQLite is part of an answer, with its code but not the extended one. Every other is thrown. */
function attempt(work: () => object): Outcome {
  try {
    return { result: work(), error: null };
  } catch (cause) {
    if (!(cause instanceof Libsql.SqliteError)) throw cause;
    const [code = 'SQLITE_UNKNOWN'] = /^SQLITE_[A-Z]+/.exec(cause.code) ?? [];
    return { result: null, error: { message: `SQLite error: ${cause.message}`, code } };
  }
}

function read(argument: Static<typeof Argument>): null | bigint | number | string | Buffer {
  switch (argument.type) {
    case 'null':
      return null;
    case 'integer':
      return BigInt(argument.value);
    case 'blob':
      return Buffer.from(argument.base64, 'base64');
    default:
      return argument.value;
  }
}

function writeRow(row: unknown): Static<typeof Argument>[] {
  if (!Array.isArray(row)) throw new Error('a row is no list');
  return row.map(write);
}

function write(value: unknown): Static<typeof Argument> {
  if (value === null) return { type: 'null' };
  if (typeof value === 'bigint') return { type: 'integer', value: String(value) };
  if (typeof value === 'number') return { type: 'float', value };
  if (typeof value === 'string') return { type: 'text', value };
  if (value instanceof Uint8Array) return { type: 'blob', base64: Buffer.from(value).toString('base64') };
  throw new Error(`SQLite has no ${typeof value}`);
}
