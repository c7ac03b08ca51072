import type { Coordinator } from './coordinator-object.ts';

/** What `wrangler.toml` binds, besides variables and secrets. */
export interface Bindings {
  readonly COORDINATOR: DurableObjectNamespace<Coordinator>;
  readonly CATALOGUE: KVNamespace;
  /** The files of the documentation's page. */
  readonly ASSETS: Fetcher;
}

/** The types of the module that has them. */
declare global {
  namespace Cloudflare {
    interface Env extends Bindings {}
  }
}
