const BAR_WIDTH = 20;
/** Where the terminal does not say how wide it is. */
const COLUMNS = 80;
const REDRAW_MS = 1000;
/** Back to the start of the line, and rub it out. */
const WIPE = '\r\x1b[K';

/** Where progress is shown: the standard error, as a rule. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * How far the bench is: one line that is written over and over where somebody looks at a terminal, and a line for each
 * step where nobody does.
 */
export class Progress {
  private readonly startedAt: number;
  /** Runs as long as there is a bar. */
  private redraw: Timer | undefined;
  private part = '';
  private done = 0;
  private next = '';

  /** `now` is in milliseconds. */
  constructor(
    private readonly terminal: Terminal,
    private readonly now: () => number,
  ) {
    this.startedAt = now();
    // The time goes on also while nothing else does.
    if (terminal.isTTY) this.redraw = setInterval(() => this.draw(), REDRAW_MS).unref();
  }

  /** A part begins, the `number`-th of `count`. */
  begin(name: string, number: number, count: number): void {
    this.part = count === 1 ? name : `${number}/${count} ${name}`;
    this.next = '';
    this.step(0, 'starting');
  }

  /** `done` of the part, from 0 to 1, is behind us, and `next` comes now. */
  step(done: number, next: string): void {
    const share = Math.min(Math.max(done, 0), 1);
    const isNews = next !== this.next || share !== this.done;
    this.done = share;
    this.next = next;
    if (this.redraw !== undefined) this.draw();
    else if (isNews) this.terminal.write(`${this.elapsed()} ${this.part}: ${this.percent()}, ${next}\n`);
  }

  /** A line that stays, above the bar. */
  tell(line: string): void {
    this.terminal.write(`${this.redraw === undefined ? '' : WIPE}${line}\n`);
    if (this.redraw !== undefined) this.draw();
  }

  /** Takes the bar away, for good. */
  end(): void {
    if (this.redraw === undefined) return;
    clearInterval(this.redraw);
    this.redraw = undefined;
    this.terminal.write(WIPE);
  }

  private draw(): void {
    const filled = Math.round(this.done * BAR_WIDTH);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    const line = `${this.elapsed()} ${this.part} ${bar} ${this.percent()}, ${this.next}`;
    // A line that is broken in two could not be rubbed out.
    this.terminal.write(WIPE + line.slice(0, (this.terminal.columns || COLUMNS) - 1));
  }

  private percent(): string {
    return `${Math.floor(this.done * 100)} %`;
  }

  /** As `4:05`. */
  private elapsed(): string {
    const seconds = Math.floor((this.now() - this.startedAt) / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  }
}
