/** What a run of crashes must come across, or else it has shown little. */
const STATES = [
  'killed under load',
  'killed right after the start',
  'killed while starting',
  'killed while making the tables',
  'killed while stopping',
  'killed with ended holds or tokens not written down',
  'killed with users waiting',
  'killed with one call unanswered',
  'killed with several calls unanswered',
  'join lost, done',
  'join lost, not done',
  'reserve lost, done',
  'reserve lost, not done',
  'recharge lost, done',
  'recharge lost, not done',
  'pay lost, done',
  'pay lost, not done',
  'cancel lost',
  'leave lost',
  'repetition lost again',
  'repetition answered by a replay',
] as const;

export type State = (typeof STATES)[number];

/** Counts how often a run came across what it is for. */
export class Tally {
  private readonly counts = new Map<State, number>(STATES.map((state) => [state, 0]));

  add(state: State, times = 1): void {
    this.counts.set(state, this.of(state) + times);
  }

  of(state: State): number {
    return this.counts.get(state) ?? 0;
  }

  get missing(): State[] {
    return STATES.filter((state) => this.of(state) === 0);
  }

  get text(): string {
    return STATES.map((state) => `${String(this.of(state)).padStart(7)}  ${state}`).join('\n');
  }
}
