import { call } from '../client.ts';
import type { Server } from '../processes.ts';
import type { Sales } from './books.ts';

export const ADMIN_TOKEN = 'bench';
const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };

export interface Line {
  readonly waiting: number;
  readonly active: number;
  readonly admitted: number;
}

/** The line as it is now. */
export async function lineOf(service: Server): Promise<Line> {
  const { waiting, active, admitted } = await get(service, '/queue');
  return { waiting: Number(waiting), active: Number(active), admitted: Number(admitted) };
}

/** What was sold of all of the schedules. */
export async function salesOf(service: Server, scheduleIds: readonly number[]): Promise<Sales> {
  const owners = new Map<number, number>();
  let sold = 0;
  let revenue = 0;
  for (const scheduleId of scheduleIds) {
    const sales = await get(service, `/schedules/${scheduleId}/sales`);
    sold += Number(sales.sold);
    revenue += Number(sales.revenue);
    for (const [seatId, userId] of await soldSeats(service, scheduleId)) owners.set(seatId, userId);
  }
  return { sold, revenue, owners };
}

/** In how many cases the tables are not what they must be, by what is wrong with them. */
export async function audit(service: Server): Promise<Record<string, number>> {
  const { checks } = await get(service, '/audit');
  if (!Array.isArray(checks) || checks.length === 0) throw new Error('the audit has no checks');
  const violations = checks.map(({ name, violations }): [string, number] => [`audit: ${name}`, violations]);
  return Object.fromEntries(violations.filter(([, count]) => count !== 0));
}

async function soldSeats({ port }: Server, scheduleId: number): Promise<[seatId: number, userId: number][]> {
  const url = `http://127.0.0.1:${port}/v1/admin/reports/sales.csv?scheduleId=${scheduleId}`;
  const response = await fetch(url, { headers });
  const [heading, ...lines] = (await response.text()).trimEnd().split('\r\n');
  if (heading !== 'seatId,seatNumber,price,reservationId,userId,paymentId,paidAt') {
    throw new Error(`another report than expected: ${heading}`);
  }
  return lines.map((line) => {
    const cells = line.split(',');
    return [Number(cells[0]), Number(cells[4])];
  });
}

function get(service: Server, path: string): Promise<Record<string, unknown>> {
  return call(service, { method: 'GET', path: `/v1/admin${path}`, headers });
}
