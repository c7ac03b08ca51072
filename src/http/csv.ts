import type { Log } from '../deps.ts';

/** A number, a time or a word of ours: nothing that RFC 4180 has in quotes, and no text that a spreadsheet would run. */
export type Cell = number | string | null;

const encoder = new TextEncoder();

/**
 * A table as RFC 4180 has it, with a line of the columns' names. It is read a page at a time as the client takes it; one
 * who goes away stops it. Where the reading fails the connection is cut, so that nobody takes a part for the whole.
 */
export function csvResponse<T>(
  name: string,
  columns: Readonly<Record<string, (row: T) => Cell>>,
  pages: AsyncGenerator<readonly T[]>,
  log: Pick<Log, 'error'>,
): Response {
  const texts = textsOf(columns, pages);
  let isWanted = true;
  const body = new ReadableStream<Uint8Array>(
    {
      // Not called as long as the connection is full.
      async pull(controller) {
        try {
          const { value, done } = await texts.next();
          if (!isWanted) return;
          if (done) controller.close();
          else controller.enqueue(encoder.encode(value));
        } catch (cause) {
          log.error(`${name} broke off`, cause);
          controller.error(cause);
        }
      },
      async cancel() {
        isWanted = false;
        await texts.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
    },
  });
}

async function* textsOf<T>(
  columns: Readonly<Record<string, (row: T) => Cell>>,
  pages: AsyncGenerator<readonly T[]>,
): AsyncGenerator<string, undefined> {
  const cells = Object.values(columns);
  yield lineOf(Object.keys(columns));
  for await (const rows of pages) yield rows.map((row) => lineOf(cells.map((cell) => cell(row)))).join('');
}

function lineOf(cells: readonly Cell[]): string {
  return `${cells.join(',')}\r\n`;
}
