import { openLibsql } from '../../src/store/libsql.ts';
import { fill } from '../support/fixture.ts';

/** Fills a database, in a process of its own, so that no connection to it is left: see `snapshot.ts`. */

const SCHEDULES = 60;
const SEATS = 40;
const PRICE = 1_000;

const [url = '', users] = process.argv.slice(2);
const database = await openLibsql(url, undefined);
await fill(database, Date.now(), {
  users: Number(users),
  concerts: [{ name: 'A', schedules: Array(SCHEDULES).fill({ seats: SEATS, price: PRICE }) }],
});
database.close();
