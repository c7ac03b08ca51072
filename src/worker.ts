import { env } from 'cloudflare:workers';
import { edge } from './cloudflare/edge.ts';
import { variablesOf } from './cloudflare/variables.ts';
import { readConfig } from './config.ts';
import { systemAlarm, systemClock } from './deps.ts';

export { Coordinator } from './cloudflare/coordinator-object.ts';

/** The service on Cloudflare: Workers near to everyone, and one Durable Object that decides. */

const handle = edge(env, readConfig(variablesOf(env)), {
  clock: systemClock,
  alarm: (ring) => systemAlarm(systemClock, ring),
});

export default {
  fetch: (request) => handle(request),
} satisfies ExportedHandler;
