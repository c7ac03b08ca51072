import type { ScheduleId } from '../ids.ts';
import type { SeatMap } from './seat-map.ts';

/** How the seats of a schedule sell. */
export interface SalesView {
  readonly scheduleId: ScheduleId;
  readonly seats: number;
  readonly available: number;
  readonly held: number;
  readonly sold: number;
  readonly blocked: number;
  /** What the seats that are sold cost, in the currency's smallest unit. */
  readonly revenue: number;
}

export function viewSales(seatMap: SeatMap): SalesView {
  const sales = { seats: 0, available: 0, held: 0, sold: 0, blocked: 0, revenue: 0 };
  for (const { status, price } of seatMap.seats()) {
    sales.seats++;
    if (status === 'AVAILABLE') sales.available++;
    if (status === 'HELD') sales.held++;
    if (status === 'BLOCKED') sales.blocked++;
    if (status !== 'SOLD') continue;
    sales.sold++;
    sales.revenue += price;
  }
  return { scheduleId: seatMap.scheduleId, ...sales };
}
