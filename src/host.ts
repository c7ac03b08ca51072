import type { Config } from './config.ts';
import {
  type Alarm,
  type Clock,
  type Log,
  type Random,
  systemAlarm,
  systemClock,
  systemRandom,
  systemStopwatch,
} from './deps.ts';
import type { ObserveRoute } from './http/requests.ts';
import { jsonLog, requestLog, StandardOutput, standardError } from './log.ts';

/** What the service takes from where it runs. A test owns all of it. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly alarm: (ring: () => void) => Alarm;
  /** Milliseconds since some instant, with fractions, which only ever grow. */
  readonly stopwatch: () => number;
  readonly log: Log;
  /** Where each request is written down. */
  readonly requestLog: ObserveRoute;
}

/** What the service takes from the process that it is. `endLog` returns when all that was logged is written. */
export function processHost(config: Config): Host & { endLog(): Promise<void> } {
  const level = config.logLevel;
  const [, query] = config.databaseUrl.split('?');
  const urlToken = new URLSearchParams(query).get('authToken') || null;
  const trusted = config.userTokenRules?.trusted;
  const jwtSecret = trusted !== undefined && 'secret' in trusted ? trusted.secret : undefined;
  const secrets = [config.adminToken, config.databaseAuthToken, urlToken, jwtSecret].filter(
    (secret) => secret != null,
  );
  const log = jsonLog(standardError(), { level, secrets });
  const output = new StandardOutput((cause) => log.error('lines of the log are lost', cause));
  return {
    clock: systemClock,
    random: systemRandom,
    alarm: (ring) => systemAlarm(systemClock, ring),
    stopwatch: systemStopwatch,
    log,
    requestLog: requestLog(output, level, systemClock.now),
    endLog: () => output.end(),
  };
}
