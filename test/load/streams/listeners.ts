import type { Socket } from 'bun';
import type { Users } from '../plan.ts';
import { scatteredUser, tokenIdOf } from '../scatter.ts';
import type { Heard, ListenersPlan } from './plan.ts';

/**
 * Users who keep a stream of their status open, in a process of their own, as raw sockets that count what comes in.
 * The plan comes on standard input. To each message it answers what was heard since the last one.
 */

/** How many connect at the same time. */
const CONNECTING = 256;
const EVENT = 'data: ';

interface Listener {
  readonly request: string;
  /** Called with the first event. */
  readonly opened: () => void;
  isOpen: boolean;
}

class Listeners {
  private open = 0;
  private events = 0;
  private failures: Record<string, number> = {};
  private connected = 0;

  constructor(private readonly plan: ListenersPlan) {}

  async connectAll(): Promise<void> {
    await Promise.all(Array.from({ length: CONNECTING }, () => this.connectSome()));
  }

  takeHeard(): Heard {
    const heard = { open: this.open, events: this.events, failures: this.failures };
    this.events = 0;
    return heard;
  }

  private async connectSome(): Promise<void> {
    while (this.connected < this.plan.streams) await this.connect(this.connected++);
  }

  /** Returns with the first event. */
  private connect(index: number): Promise<void> {
    const request = requestOf(index, this.plan.users);
    return new Promise((opened, failed) => {
      Bun.connect<Listener>({
        hostname: '127.0.0.1',
        port: this.plan.port,
        data: { request, opened, isOpen: false },
        socket: {
          open: (socket) => {
            socket.write(request);
          },
          data: (socket, chunk) => this.receive(socket, chunk),
          close: ({ data }) => this.lose(data, 'closed'),
          error: ({ data }, error) => this.lose(data, error.message),
        },
      }).catch(failed);
    });
  }

  private receive({ data }: Socket<Listener>, chunk: Buffer): void {
    const events = countOf(EVENT, chunk);
    this.events += events;
    if (data.isOpen) return;
    const head = chunk.toString('latin1', 0, 12);
    if (head.startsWith('HTTP/1.1 ') && head !== 'HTTP/1.1 200') this.fail(head);
    if (events === 0) return;
    data.isOpen = true;
    this.open++;
    data.opened();
  }

  private lose(listener: Listener, how: string): void {
    if (listener.isOpen) this.open--;
    listener.isOpen = false;
    this.fail(how);
    // Others may go on.
    listener.opened();
  }

  private fail(what: string): void {
    this.failures[what] = (this.failures[what] ?? 0) + 1;
  }
}

function requestOf(index: number, users: Users): string {
  const userId = scatteredUser(index, users);
  return `GET /v1/queue-status/users/${userId}/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nTOKEN-ID: ${tokenIdOf(userId)}\r\n\r\n`;
}

function countOf(text: string, chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(text); at !== -1; at = chunk.indexOf(text, at + text.length)) count++;
  return count;
}

const listeners = new Listeners(await Bun.stdin.json());
process.on('message', () => process.send?.(JSON.stringify(listeners.takeHeard())));
await listeners.connectAll();
