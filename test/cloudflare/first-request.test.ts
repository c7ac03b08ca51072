import { expect, setDefaultTimeout, test } from 'bun:test';
import { inFolder } from '../support/process.ts';
import { PRODUCT, Workerd } from '../support/workerd.ts';

setDefaultTimeout(60_000);

test('what is on sale is shown to the first one who asks, before the coordinator was asked for anything', () =>
  inFolder(async (folder) => {
    const workerd = await Workerd.start({ entry: PRODUCT, folder });
    try {
      const response = await fetch(`${workerd.url}/v1/concerts`);
      expect({ status: response.status, body: await response.json() }).toMatchObject({
        status: 200,
        body: { concerts: [{ concertId: 1 }, { concertId: 2 }, { concertId: 3 }] },
      });
    } finally {
      await workerd.kill();
    }
  }));
