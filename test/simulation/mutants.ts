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
    file: 'coordinator/coordinator.ts',
    find: `      this.refuseLate();
      letters = this.loading;`,
    replace: '      letters = this.loading;',
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
];
