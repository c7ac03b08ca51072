const SECONDS = 60;

/** How many users were admitted within the last minute, to the second. In memory only: it begins anew with the service. */
export class AdmissionRate {
  /** By seconds, each of the last minute at its place in the round. */
  private readonly admitted = new Int32Array(SECONDS);
  private second = 0;
  private sum = 0;

  note(count: number, now: number): void {
    this.pass(now);
    const at = this.second % SECONDS;
    this.admitted[at] = (this.admitted[at] as number) + count;
    this.sum += count;
  }

  lastMinute(now: number): number {
    this.pass(now);
    return this.sum;
  }

  /** Takes the places of the seconds that are over. */
  private pass(now: number): void {
    const second = Math.floor(now / 1000);
    for (let next = Math.max(this.second + 1, second - SECONDS + 1); next <= second; next++) {
      const at = next % SECONDS;
      this.sum -= this.admitted[at] as number;
      this.admitted[at] = 0;
    }
    this.second = Math.max(this.second, second);
  }
}
