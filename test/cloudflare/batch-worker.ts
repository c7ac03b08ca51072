import type { Bindings as ProductBindings } from '../../src/cloudflare/bindings.ts';
import { COORDINATOR_NAME, Coordinator as Product } from '../../src/cloudflare/coordinator-object.ts';
import type { Command } from '../../src/coordinator/commands.ts';
import product from '../../src/worker.ts';

/** The product, and doors to what a test cannot see from outside: a batch of its own choice, the alarm, what is in KV. */

export class Coordinator extends Product {
  /** All of them in one turn, so that they share a batch. */
  submitAll(commands: Command[]): Promise<unknown[]> {
    return Promise.all(commands.map((command) => this.submit(command)));
  }

  /** When the platform will wake the object: epoch milliseconds, or null. */
  wakesAt(): Promise<number | null> {
    return this.ctx.storage.getAlarm();
  }
}

interface Bindings extends Omit<ProductBindings, 'COORDINATOR'> {
  readonly COORDINATOR: DurableObjectNamespace<Coordinator>;
}

export default {
  async fetch(request, { COORDINATOR, CATALOGUE }) {
    const { pathname } = new URL(request.url);
    const coordinator = COORDINATOR.getByName(COORDINATOR_NAME);
    switch (pathname) {
      case '/test/batch':
        return Response.json(await coordinator.submitAll(await request.json()));
      case '/test/alarm':
        return Response.json(await coordinator.wakesAt());
      default:
        if (!pathname.startsWith('/test/kv/')) return product.fetch(request);
    }
    const key = pathname.slice('/test/kv/'.length);
    if (request.method === 'PUT') await CATALOGUE.put(key, await request.text());
    return Response.json(await CATALOGUE.get(key));
  },
} satisfies ExportedHandler<Bindings>;
