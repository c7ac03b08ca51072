/** A bug put in on purpose: one text of one file of the service in the place of another. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** What the simulation must notice, each by itself. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a hold can be paid at the millisecond at which it ends',
    file: 'reservations/reservation.ts',
    find: 'expiresAt <= now',
    replace: 'expiresAt < now',
  },
  {
    name: 'a user can reserve at the millisecond at which the window ends',
    file: 'reservations/hold.ts',
    find: 'now < token.activeUntil',
    replace: 'now <= token.activeUntil',
  },
  {
    name: 'a payment is missing in the ledger',
    file: 'coordinator/work.ts',
    find: 'this.entries.push({',
    replace: "if (entry.cause !== 'PAYMENT') this.entries.push({",
  },
  {
    name: 'a payment is made without the money',
    file: 'payments/pay.ts',
    find: 'account.balance < hold.totalPrice',
    replace: 'account.balance < 0',
  },
  {
    name: 'a payment ends the token though another hold is unpaid',
    file: 'payments/pay.ts',
    find: 'work.payableHolds(userId, now).length > 0',
    replace: 'work.payableHolds(userId, now).length > 1',
  },
  {
    name: 'a seat is not given back in memory when its hold is let go',
    file: 'coordinator/work.ts',
    find: "this.saveSeats(hold, 'AVAILABLE', null);",
    replace: '',
  },
  {
    name: 'a seat is not given back in the tables when its hold is let go',
    file: 'store/commit.ts',
    find: '...moveSeats(make.freeSeats, freeing),',
    replace: '',
  },
  {
    name: 'a seat that is sold can be sold again',
    file: 'coordinator/work.ts',
    find: "return seat.status === 'AVAILABLE';",
    replace: "return seat.status !== 'HELD';",
  },
  {
    name: 'a token stays when the hold that kept it alive is let go',
    file: 'reservations/cancel.ts',
    find: "if (token?.status === 'ACTIVE') keepAlive(work, token, now);",
    replace: '',
  },
  {
    name: 'one user too many is active',
    file: 'queue/admit.ts',
    find: 'work.activeCount < activeMax',
    replace: 'work.activeCount <= activeMax',
  },
  {
    name: 'users who are not active any more are counted as active within a batch',
    file: 'coordinator/work.ts',
    find: "Number(token.status === 'ACTIVE') - Number(before.status === 'ACTIVE')",
    replace: "Number(token.status === 'ACTIVE' && before.status !== 'ACTIVE')",
  },
  {
    name: 'whoever is next in line is passed over',
    file: 'coordinator/work.ts',
    find: 'this.lastSeen = token.queueId;',
    replace: 'this.lastSeen = token.queueId + 1;',
  },
  {
    name: 'more users enter in an interval than may',
    file: 'queue/admit.ts',
    find: 'work.window.admitted < admitBatch',
    replace: 'work.window.admitted <= admitBatch',
  },
  {
    name: 'a start does not renew those who wait',
    file: 'coordinator/recover.ts',
    find: 'world.line.renewAll(clock.now());',
    replace: '',
  },
  {
    name: 'the epoch is not checked by a commit',
    file: 'store/commit.ts',
    find: 'and(eq(coordinatorState.id, sql`1`), eq(coordinatorState.epoch, element(0)))',
    replace: 'eq(coordinatorState.id, sql`1`)',
  },
  {
    name: 'a process that lost its epoch answers from memory',
    file: 'coordinator/coordinator.ts',
    find: 'return !this.isLost && this.tenure.lasts(now);',
    replace: 'return !this.isLost;',
  },
  {
    name: 'a process that lost its epoch answers what it finds in the tables',
    file: 'coordinator/coordinator.ts',
    find: `        await this.tenure.mustLast(now);
        this.apply(work);`,
    replace: '        this.apply(work);',
  },
  {
    name: 'what nobody knows the outcome of is refused when the epoch is lost',
    file: 'coordinator/coordinator.ts',
    find: 'if (this.isOutcomeOpen || (cause instanceof DatabaseLost && cause.isOpen)) return;',
    replace: '',
  },
  {
    name: 'memory changes before the commit',
    file: 'coordinator/coordinator.ts',
    find: `    try {
      await this.deps.commit(work);`,
    replace: `    this.apply(work);
    try {
      await this.deps.commit(work);`,
  },
  {
    name: 'a commit of unknown outcome is taken to have failed',
    file: 'coordinator/coordinator.ts',
    find: 'if (!(await this.settle())) throw cause;',
    replace: 'await this.settle();\n      throw cause;',
  },
  {
    name: 'a commit of unknown outcome is taken to have succeeded',
    file: 'coordinator/coordinator.ts',
    find: 'if (!(await this.settle())) throw cause;',
    replace: 'await this.settle();',
  },
  {
    name: 'an outcome is read back while the commit may still be on its way',
    file: 'store/epoch.ts',
    find: '.epoch} + 1` })',
    replace: '.epoch} + 0` })',
  },
  {
    name: 'a late command is carried out',
    file: 'coordinator/mailbox.ts',
    find: `    this.refuseLate();
    return this.loading.splice(0);`,
    replace: '    return this.loading.splice(0);',
  },
  {
    name: 'an answer is kept in a transaction of its own',
    file: 'store/commit.ts',
    find: `      ...saveAnswers(make, work),
    ]);`,
    replace: `    ]).then(() => database.commit(saveAnswers(make, work)));`,
  },
  {
    name: 'a key that comes twice in one batch is carried out twice',
    file: 'coordinator/work.ts',
    find: 'this.keptByPlace.set(textOf(answer), answer);',
    replace: '',
  },
  {
    name: 'a key is good for another body',
    file: 'coordinator/retries.ts',
    find: "if (kept.request !== request) return refused('idempotency key reused');",
    replace: '',
  },
  {
    name: 'a key is enough to be answered without a token',
    file: 'coordinator/retries.ts',
    find: "if (!isTheirs) return refused('invalid token');",
    replace: '',
  },
  {
    name: 'an answer is kept for a millisecond too long',
    file: 'coordinator/work.ts',
    find: 'kept.createdAt > forgotten',
    replace: 'kept.createdAt >= forgotten',
  },
  {
    name: 'an answer is swept before its time',
    file: 'coordinator/sweep.ts',
    find: 'work.forgetUntil = now - KEPT_MS',
    replace: 'work.forgetUntil = now - 1',
  },
  {
    name: 'a token is deleted a millisecond too early',
    file: 'coordinator/housekeeping.ts',
    find: 'endedAt !== null && endedAt <= until',
    replace: 'endedAt !== null && endedAt - 1 <= until',
  },
  {
    name: 'an old token is deleted that has not ended',
    file: 'coordinator/housekeeping.ts',
    find: 'endedAt !== null && endedAt <= until',
    replace: 'endedAt === null || endedAt <= until',
  },
  {
    name: 'a reservation is deleted a millisecond too early',
    file: 'coordinator/housekeeping.ts',
    find: '&& expiresAt <= until',
    replace: '&& expiresAt - 1 <= until',
  },
  {
    name: 'a reservation that was paid is deleted',
    file: 'coordinator/housekeeping.ts',
    find: "status === 'EXPIRED' || status === 'CANCELLED'",
    replace: "status !== 'PAYMENT_PENDING'",
  },
  {
    name: 'a refund returns the money twice',
    file: 'reservations/refund.ts',
    find: `    work.refund(reservation, now);
`,
    replace: `    work.refund(reservation, now);
    work.refund(reservation, now);
`,
  },
  {
    name: 'a refund frees no seat in the tables',
    file: 'store/commit.ts',
    find: "const freeing = changed.filter(({ status }) => status !== 'PAID');",
    replace: "const freeing = changed.filter(({ status }) => status !== 'PAID' && status !== 'REFUNDED');",
  },
  {
    name: 'a refund frees no seat in memory',
    file: 'coordinator/work.ts',
    find: `    change(this.reservations, reservationId, reservation, { ...reservation, status: 'REFUNDED' });
    this.saveSeats(reservation, 'AVAILABLE', null);`,
    replace:
      "    change(this.reservations, reservationId, reservation, { ...reservation, status: 'REFUNDED' });",
  },
  {
    name: 'a refund is missing in the ledger',
    file: 'coordinator/work.ts',
    find: '    this.entries.push({',
    replace: "    if (entry.cause !== 'REFUND') this.entries.push({",
  },
  {
    name: 'a blocked seat can be reserved',
    file: 'coordinator/work.ts',
    find: "return seat.status === 'AVAILABLE';",
    replace: "return seat.status === 'AVAILABLE' || seat.status === 'BLOCKED';",
  },
  {
    name: 'a seat that is held gets another price',
    file: 'concerts/change-seats.ts',
    find: "seat.status === 'BLOCKED' || work.isFree(seat, now)",
    replace: "seat.status === 'BLOCKED' || seat.status === 'HELD' || work.isFree(seat, now)",
  },
  {
    name: 'a seat that is blocked after its hold ended keeps the hold in the tables',
    file: 'coordinator/work.ts',
    find: `      this.endHoldOn(seat);
      this.seats`,
    replace: '      this.seats',
  },
  {
    name: 'a line that is paused admits',
    file: 'queue/admit.ts',
    find: 'if (work.settings.isPaused) return;',
    replace: '',
  },
  {
    name: 'a line that is closed lets join',
    file: 'queue/issue.ts',
    find: "if (work.settings.isClosed) return refused('queue closed');",
    replace: '',
  },
  {
    name: 'a start forgets the settings of the line',
    file: 'coordinator/recover.ts',
    find: 'world.applySettings(await load.queueSettings());',
    replace: '',
  },
  {
    name: 'a hold of a cancelled concert can still be paid',
    file: 'concerts/cancel-concert.ts',
    find: "for (const hold of holds) work.release(hold, 'CANCELLED');",
    replace: '',
  },
  {
    name: 'a token stays when the hold that kept it alive is of a cancelled concert',
    file: 'concerts/cancel-concert.ts',
    find: "if (token?.status === 'ACTIVE') keepAlive(work, token, now);",
    replace: '',
  },
  {
    name: 'a cancellation misses a hold of its own batch',
    file: 'coordinator/work.ts',
    find: 'return [...this.world.holds.all(), ...made.map(({ after }) => after)]',
    replace: 'return [...this.world.holds.all(), ...made.slice(0, 0).map(({ after }) => after)]',
  },
  {
    name: 'a cancellation is answered before it is finished',
    file: 'coordinator/chores.ts',
    find: 'if (concert === undefined || chores.refunds.has(command.concertId)) return null;',
    replace: 'if (concert === undefined) return null;',
  },
  {
    name: 'a start forgets an unfinished cancellation',
    file: 'coordinator/recover.ts',
    find: 'for (const concert of concerts) world.applyConcert(concert);',
    replace: 'for (const concert of concerts) world.concerts.set(concert.concertId, concert);',
  },
  {
    name: 'a start forgets an unfinished layout',
    file: 'coordinator/recover.ts',
    find: 'for (const schedule of schedules) world.applySchedule(schedule);',
    replace: 'for (const schedule of schedules) world.schedules.set(schedule.scheduleId, schedule);',
  },
  {
    name: 'a start gives away the seat ids of an unfinished layout',
    file: 'coordinator/recover.ts',
    find: 'Math.max(last.seatId, ...promised)',
    replace: 'Math.max(last.seatId, ...promised.slice(0, 0))',
  },
  {
    name: 'a schedule is seen before it has all its seats',
    file: 'coordinator/work.ts',
    find: 'return schedule?.layout === null ? schedule : undefined;',
    replace: 'return schedule;',
  },
  {
    name: 'a closed sale sells',
    file: 'concerts/concert.ts',
    find: 'return isUpcoming(schedule, now) && !schedule.isClosed;',
    replace: 'return isUpcoming(schedule, now);',
  },
  {
    name: 'an event is missing',
    file: 'concerts/schedule-concert.ts',
    find: `    work.note('change-schedule', viewSchedule(before), viewSchedule(after), now);
`,
    replace: '',
  },
  {
    name: 'what changes nothing is an event',
    file: 'queue/settings.ts',
    find: 'if (JSON.stringify(changed) !== JSON.stringify(settings)) {',
    replace: '{',
  },
];
