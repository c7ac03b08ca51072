import { afterEach, expect, test } from 'bun:test';
import { MINUTE_MS } from '../support/fixture.ts';
import { TestService } from '../support/service.ts';

let service: TestService;
afterEach(async () => {
  expect(service.log.errors).toEqual([]);
  await service.stop();
});

test('the operator sees who waits, who is active, and how long the next one has waited', async () => {
  service = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '2' } });
  const empty = {
    waiting: 0,
    active: 0,
    admitted: 0,
    lapsed: 0,
    admittedLastMinute: 0,
    headWaitingSeconds: 0,
  };
  expect(await service.line()).toEqual(empty);
  const first = await service.join(1);
  await service.join(2);
  await service.pass(2_500);
  await service.join(3);
  await service.pass(59_999 - 2_500);
  await service.join(4);
  expect(await service.line()).toEqual({
    waiting: 2,
    active: 2,
    admitted: 2,
    lapsed: 0,
    admittedLastMinute: 2,
    headWaitingSeconds: 57,
  });
  await service.pass(1);
  await service.delete('/v1/queue-tokens/users/1', { token: first });
  expect(await service.line()).toEqual({
    waiting: 1,
    active: 2,
    admitted: 3,
    lapsed: 0,
    admittedLastMinute: 1,
    headWaitingSeconds: 0,
  });
});

test('the totals count whoever ran out, waiting or active, before the sweep and after, and survive a restart', async () => {
  service = await TestService.start({
    environment: { QUEUE_MAX_ACTIVE: '1', TOKEN_WAITING_SECONDS: '60', TOKEN_ACTIVE_SECONDS: '120' },
  });
  await service.join(1);
  await service.join(2);
  await service.join(3);
  service.clock.jump(MINUTE_MS);
  expect(await service.line()).toMatchObject({ waiting: 0, active: 1, admitted: 1, lapsed: 2 });
  await service.pass(0);
  await service.pass(2 * MINUTE_MS);
  expect(await service.line()).toMatchObject({ waiting: 0, active: 0, admitted: 1, lapsed: 3 });
  await service.restart();
  expect(await service.line()).toMatchObject({ admitted: 1, lapsed: 3, admittedLastMinute: 0 });
  await service.delete('/v1/queue-tokens/users/4', { token: await service.join(4) });
  // Who leaves has not run out.
  expect(await service.line()).toMatchObject({ active: 0, admitted: 2, lapsed: 3 });
});

test('a token that only a hold kept alive has run out when the hold is let go', async () => {
  service = await TestService.start({ environment: { TOKEN_ACTIVE_SECONDS: '60' } });
  const token = await service.join(1);
  await service.pass(MINUTE_MS - 1);
  const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
  await service.post('/v1/reservations', { token, body });
  await service.pass(1);
  expect(await service.line()).toMatchObject({ active: 1, lapsed: 0 });
  await service.delete('/v1/reservations/1/users/1');
  expect(await service.line()).toMatchObject({ active: 0, lapsed: 1 });
});

test('whoever joins again at the very moment of running out is counted once', async () => {
  service = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '1', TOKEN_WAITING_SECONDS: '60' } });
  await service.join(1);
  await service.join(2);
  service.clock.jump(MINUTE_MS);
  await service.join(2);
  expect(await service.line()).toMatchObject({ waiting: 1, lapsed: 1 });
  await service.pass(1_000);
  expect(await service.line()).toMatchObject({ waiting: 1, lapsed: 1 });
});
