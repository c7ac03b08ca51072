import { env } from 'cloudflare:workers';
import { mustBeBound, variablesOf } from './cloudflare/bindings.ts';
import { edge } from './cloudflare/edge.ts';
import { readConfig } from './config.ts';
import { systemAlarm, systemClock } from './deps.ts';

export { Coordinator } from './cloudflare/coordinator-object.ts';

/** The service on Cloudflare: Workers that anyone is near to, and one Durable Object that decides. */

mustBeBound(env);
const handle = edge(env, readConfig(variablesOf(env)), {
  clock: systemClock,
  alarm: (ring) => systemAlarm(systemClock, ring),
});

export default {
  fetch: (request) => handle(request),
} satisfies ExportedHandler;
