import type { Socket } from 'bun';
import { WholeReplies, type WholeReply } from './whole-replies.ts';

/** What is asked on a connection. */
export interface Question {
  readonly text: string;
  readonly answered: (reply: WholeReply) => void;
  /** The connection is gone, and with it the answer. */
  readonly lost: (how: string) => void;
}

interface Connection {
  readonly replies: WholeReplies;
  question: Question | null;
  isLost: boolean;
}

/**
 * Connections that stay open and that all users share. Each carries one request at a time: what comes while all are
 * busy waits for its turn.
 */
export class Connections {
  private readonly idle: Socket<Connection>[] = [];
  private readonly waiting: Question[] = [];
  private left = 0;
  private isClosing = false;

  constructor(
    private readonly port: number,
    /** A connection is gone that nobody used. */
    private readonly failed: (how: string) => void,
    /** None is left: nothing that waits will be answered. */
    private readonly allLost: () => void,
  ) {}

  async open(count: number): Promise<void> {
    this.left = count;
    this.idle.push(...(await Promise.all(Array.from({ length: count }, () => this.connect()))));
  }

  ask(question: Question): void {
    // Each in turn, so that none of them is silent for so long that the service closes it.
    const socket = this.idle.shift();
    if (socket === undefined) this.waiting.push(question);
    else send(socket, question);
  }

  close(): void {
    this.isClosing = true;
    for (const socket of this.idle.splice(0)) socket.end();
  }

  private connect(): Promise<Socket<Connection>> {
    return Bun.connect<Connection>({
      hostname: '127.0.0.1',
      port: this.port,
      data: { replies: new WholeReplies(), question: null, isLost: false },
      socket: {
        data: (socket, chunk) => this.receive(socket, chunk),
        close: (socket) => this.lose(socket, 'closed'),
        error: (socket, error) => this.lose(socket, error.message),
      },
    });
  }

  private receive(socket: Socket<Connection>, chunk: Buffer): void {
    const reply = socket.data.replies.read(chunk);
    if (reply === undefined) return;
    const { question } = socket.data;
    socket.data.question = null;
    const next = this.waiting.shift();
    if (next === undefined) this.idle.push(socket);
    else send(socket, next);
    question?.answered(reply);
  }

  private lose(socket: Socket<Connection>, how: string): void {
    // A connection that fails is closed as well.
    if (this.isClosing || socket.data.isLost) return;
    socket.data.isLost = true;
    const { question } = socket.data;
    socket.data.question = null;
    const index = this.idle.indexOf(socket);
    if (index !== -1) this.idle.splice(index, 1);
    if (question === null) this.failed(how);
    else question.lost(how);
    this.left--;
    if (this.left === 0) this.allLost();
  }
}

function send(socket: Socket<Connection>, question: Question): void {
  socket.data.question = question;
  // One small request at a time always fits.
  if (socket.write(question.text) !== question.text.length) {
    throw new Error('the request did not fit into the socket');
  }
}
