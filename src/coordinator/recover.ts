import { isUpcoming } from '../concerts/concert.ts';
import { lastSeatId } from '../concerts/layout.ts';
import type { Clock } from '../deps.ts';
import type { SeatId } from '../ids.ts';
import type { Loader } from '../store/load.ts';
import type { Policy } from './policy.ts';
import { type Counters, World } from './world.ts';

/** How many accounts memory keeps at most, the last used ones. */
const ACCOUNTS_MAX = 200_000;

/**
 * Rebuilds from the tables what the coordinator knows by heart. Every waiting place is renewed in full, so that nobody
 * loses one because the service was away. `pause` lets in between whoever asks whether the process is up.
 */
export async function recover(
  load: Loader,
  policy: Policy,
  counters: Counters,
  clock: Clock,
  pause: () => Promise<void>,
): Promise<World> {
  const now = clock.now();
  const world = new World(policy, counters, { startedAt: now, admitted: 0 }, ACCOUNTS_MAX);
  const { concerts, schedules } = await load.catalogue();
  for (const concert of concerts) world.applyConcert(concert);
  for (const schedule of schedules) world.applySchedule(schedule);
  world.applySettings(await load.queueSettings());
  const last = await load.lastIds();
  const promised = schedules.map(({ layout }) => (layout === null ? 0 : lastSeatId(layout)));
  world.last = { ...last, seatId: Math.max(last.seatId, ...promised) as SeatId };
  for await (const page of load.liveTokens()) {
    for (const token of page) world.line.apply(token);
    await pause();
  }
  const complete = schedules.filter(({ layout }) => layout === null);
  const needed = new Set(complete.filter((s) => isUpcoming(s, now)).map(({ scheduleId }) => scheduleId));
  for (const scheduleId of await load.unrefundedSchedules()) needed.add(scheduleId);
  for (const reservation of await load.unpaidReservations()) {
    world.holds.apply(reservation);
    // Its seats must be at hand when it is paid, ends or is let go, also when the concert has begun.
    needed.add(reservation.scheduleId);
  }
  for (const scheduleId of needed) world.addSeatMap(await load.seatMap(scheduleId));
  world.oldestAnswerAt = await load.oldestAnswerAt();
  world.line.renewAll(clock.now());
  return world;
}
