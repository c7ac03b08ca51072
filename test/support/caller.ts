/** What came of a request: what was answered, or null when the connection was refused or closed without an answer. */
export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads the body as a client without types would.
  readonly body: any;
  readonly retryAfter: string | null;
}

/** A client of a service that may go away at any time. */
export class Caller {
  constructor(private readonly url: string) {}

  async call(method: string, path: string, token?: number, body?: unknown): Promise<Reply | null> {
    const headers = {
      ...(token === undefined ? {} : { 'TOKEN-ID': String(token) }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    try {
      const response = await fetch(this.url + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const retryAfter = response.headers.get('retry-after');
      return { status: response.status, body: await response.json(), retryAfter };
    } catch {
      return null;
    }
  }

  /** Joins the line, and returns the token's id. */
  async join(userId: number): Promise<number> {
    return (await this.call('POST', `/v1/queue-tokens/users/${userId}`))?.body.tokenId;
  }

  recharge(userId: number, amount: number): Promise<Reply | null> {
    return this.call('POST', `/v1/balance/users/${userId}/recharge`, undefined, { amount });
  }

  async balance(userId: number): Promise<number> {
    return (await this.call('GET', `/v1/balance/users/${userId}`))?.body.currentAmount;
  }

  reserve(userId: number, token: number, seatIds: number[]): Promise<Reply | null> {
    const body = { userId, concertId: 1, scheduleId: 1, seatIds };
    return this.call('POST', '/v1/reservations', token, body);
  }

  pay(userId: number, token: number, reservationId: number): Promise<Reply | null> {
    return this.call('POST', `/v1/payments/users/${userId}`, token, { reservationId });
  }

  ready(): Promise<Reply | null> {
    return this.call('GET', '/ready');
  }

  /** Every operation once, of a user in the shop. */
  everything(userId: number, token: number): Promise<(Reply | null)[]> {
    const user = `users/${userId}`;
    return Promise.all([
      this.call('POST', `/v1/queue-tokens/${user}`),
      this.call('GET', `/v1/queue-tokens/${user}`),
      this.call('GET', `/v1/queue-status/${user}`, token),
      this.call('GET', `/v1/queue-status/${user}/stream`, token),
      this.call('GET', '/v1/concerts/1/schedules', token),
      this.call('GET', '/v1/concerts/1/schedules/1/seats', token),
      this.reserve(userId, token, [1]),
      this.pay(userId, token, 1),
      this.recharge(userId, 1),
      this.call('GET', `/v1/balance/${user}`),
      this.call('GET', `/v1/reservations/${user}`),
      this.call('DELETE', `/v1/reservations/1/${user}`),
      this.call('DELETE', `/v1/queue-tokens/${user}`, token),
      this.ready(),
    ]);
  }
}
