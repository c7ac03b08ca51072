import type { Log, LogLevel } from '../deps.ts';
import { LOG_LEVELS } from '../deps.ts';
import type { ObserveRoute } from '../http/requests.ts';
import { describe } from '../log-description.ts';

/** Whether lines of this level are written. */
function isWritten(level: LogLevel, minimum: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(minimum);
}

/** What the service complains of, one JSON object a line, which the platform's logs take apart by themselves. */
export function consoleLog({
  logLevel: minimum,
  secrets,
}: {
  logLevel: LogLevel;
  secrets: readonly string[];
}): Log {
  const without = (text: string): string =>
    secrets.reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
  return {
    error(message, cause) {
      if (!isWritten('error', minimum)) return;
      const fault = cause === undefined ? {} : { cause: describe(cause, without) };
      console.error(JSON.stringify({ level: 'error', ...fault, msg: without(message) }));
    },
    warn(message) {
      if (isWritten('warn', minimum)) console.warn(JSON.stringify({ level: 'warn', msg: without(message) }));
    },
  };
}

/** One line a request. */
export function consoleRequestLog(minimum: LogLevel): ObserveRoute {
  if (!isWritten('info', minimum)) return () => () => {};
  return (method, route) => (status, durationMs, requestId) =>
    console.log(JSON.stringify({ level: 'info', method, route, status, durationMs, requestId }));
}
