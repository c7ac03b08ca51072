import pino from 'pino';
import type { Log, LogLevel } from './deps.ts';
import type { ObserveRoute } from './http/requests.ts';
import { describe } from './log-description.ts';

/** How long a fault that comes again with the same text is only counted. */
const REPEAT_MS = 1_000;
/** The texts of the times that most requests take, up to 10 ms: to write a fraction anew is a good part of a line. */
const MS_TEXTS = Array.from({ length: 1_000 }, (_, hundredths) => String(hundredths / 100));
/** So many characters of lines are written at once; to write each by itself costs several times as much. */
const CHUNK_CHARACTERS = 64_000;
/** How long a line waits for others at most. */
const CHUNK_MS = 100;
/** What waits at most for a reader that has stalled; what comes after that is left out. */
const WAITING_BYTES_MAX = 8 * 1024 * 1024;
/** How long a stop waits for such a reader. */
const END_MS_MAX = 1_000;

export interface LineWriter {
  write(line: string): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** What must not stand in any line, whoever put it into the text of an error. */
  readonly secrets: readonly string[];
}

/** What the service complains of, one JSON line each, as soon as it is said. */
export function jsonLog(to: LineWriter, { level, secrets }: LogOptions): Log {
  const logger = loggerTo(to, level);
  const without = (text: string): string =>
    secrets.reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
  const repeats = new Map<string, number>();
  return {
    error(message, cause) {
      if (!logger.isLevelEnabled('error')) return;
      const fault = cause === undefined ? {} : { cause: describe(cause, without) };
      const key = `${message}\n${fault.cause?.message}`;
      const repeated = repeats.get(key);
      if (repeated !== undefined) {
        repeats.set(key, repeated + 1);
        return;
      }
      repeats.set(key, 0);
      setTimeout(() => {
        const times = repeats.get(key);
        repeats.delete(key);
        if (times) logger.error({ repeated: times, cause: { message: fault.cause?.message } }, message);
      }, REPEAT_MS).unref();
      logger.error(fault, without(message));
    },
    warn(message) {
      logger.warn(without(message));
    },
  };
}

/**
 * One JSON line a request. The line is put together here, in the shape of the logger's own and in a third of its time;
 * all that is known beforehand is text already.
 */
export function requestLog(to: LineWriter, level: LogLevel, now: () => number): ObserveRoute {
  if (!loggerTo(to, level).isLevelEnabled('info')) return () => () => {};
  let time = 0;
  let start = '';
  return (method, route) => {
    const head = JSON.stringify({ method, route }).slice(1, -1);
    return (status, durationMs, requestId) => {
      if (time !== now()) {
        time = now();
        start = `{"level":"info","time":${time},`;
      }
      const hundredths = Math.round(durationMs * 100);
      const ms = MS_TEXTS[hundredths] ?? String(hundredths / 100);
      // The id is well-formed, so there is nothing to escape.
      to.write(`${start}${head},"status":${status},"durationMs":${ms},"requestId":"${requestId}"}\n`);
    };
  };
}

/** Writes to the standard output, many lines at once, and never waits for whoever reads it. */
export class StandardOutput implements LineWriter {
  private readonly destination = pino.destination({
    fd: 1,
    sync: false,
    minLength: 1,
    maxLength: WAITING_BYTES_MAX,
  });
  private text = '';
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `lost` is called when lines could not be written. */
  constructor(lost: (cause: unknown) => void) {
    this.destination.on('error', lost);
    this.destination.on('drop', () => lost(new Error('nobody reads the standard output')));
  }

  write(line: string): void {
    this.text += line;
    if (this.text.length >= CHUNK_CHARACTERS) this.pass();
    else this.timer ??= setTimeout(() => this.pass(), CHUNK_MS);
  }

  /** Writes no more. Returns when all is written, or cannot be. */
  async end(): Promise<void> {
    this.pass();
    await Promise.race([
      new Promise<void>((resolve) => this.destination.flush(() => resolve())),
      Bun.sleep(END_MS_MAX),
    ]);
    // Or else it would try for ever when the process exits and the disk is full.
    this.destination.destroy();
  }

  private pass(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { text } = this;
    this.text = '';
    if (text !== '') this.destination.write(text);
  }
}

/** Writes to the standard error at once: what is said there last must not be lost with the process. */
export function standardError(): LineWriter {
  const destination = pino.destination({ fd: 2, sync: true });
  // There is no other place to say that nothing can be said.
  destination.on('error', () => {});
  return destination;
}

function loggerTo(to: LineWriter, level: LogLevel) {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.epochTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    to,
  );
}
