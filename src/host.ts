import { type Config, secretsOf } from './config.ts';
import { type Host, systemAlarm, systemClock, systemRandom, systemStopwatch } from './deps.ts';
import { jsonLog, requestLog, StandardOutput, standardError } from './log.ts';

/** What the service takes from the process that it is. `endLog` returns when all that was logged is written. */
export function processHost(config: Config): Host & { endLog(): Promise<void> } {
  const level = config.logLevel;
  const log = jsonLog(standardError(), { level, secrets: secretsOf(config) });
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
