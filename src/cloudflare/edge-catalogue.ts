import { Catalogue, type ListedConcert } from '../concerts/catalogue.ts';
import type { Kv } from '../kv/kv.ts';

/** What the coordinator has published. Where that is nothing, nobody has asked it for anything yet: so it is woken. */
export class EdgeCatalogue extends Catalogue {
  constructor(
    kv: Kv,
    private readonly takenUp: () => Promise<void>,
  ) {
    super(kv);
  }

  override async concerts(): Promise<readonly ListedConcert[] | null> {
    const known = await super.concerts();
    if (known !== null) return known;
    await this.takenUp();
    return super.concerts();
  }
}
