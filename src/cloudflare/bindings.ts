import type { Environment } from '../config.ts';
import type { Coordinator } from './coordinator-object.ts';

/** What `wrangler.toml` binds, besides variables and secrets. */
export interface Bindings {
  readonly COORDINATOR: DurableObjectNamespace<Coordinator>;
  readonly CATALOGUE: KVNamespace;
  /** The files of the documentation's page. */
  readonly ASSETS: Fetcher;
}

const NAMES: readonly (keyof Bindings)[] = ['COORDINATOR', 'CATALOGUE', 'ASSETS'];

/** Throws when something is not bound. */
export function mustBeBound(environment: object): asserts environment is Bindings {
  for (const name of NAMES) {
    if (!(name in environment)) throw new Error(`the binding ${name} is missing`);
  }
}

/** The variables and secrets. One that is a number or a truth in `wrangler.toml` is read as it is written there. */
export function variablesOf(environment: object): Environment {
  const texts = Object.entries(environment).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  return Object.fromEntries(texts.map(([name, value]) => [name, String(value)]));
}
