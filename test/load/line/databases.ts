import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { settleDisk } from '../trial.ts';
import { seedTokens, seedUsers } from './seed.ts';

/** The databases of lines of some length, in a folder. All of them have the same users. */
export class LineDatabases {
  constructor(private readonly folder: string) {}

  /** The URL of a fresh copy for whoever is called this; a copy that it had before is gone. */
  async copy(waiting: number, name: string): Promise<string> {
    const seed = await this.seed(waiting);
    const file = join(this.folder, `${name}.db`);
    for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true });
    copyFileSync(seed, file);
    await settleDisk();
    return `file:${file}`;
  }

  /** Each is written once, when it is first needed. */
  private async seed(waiting: number): Promise<string> {
    const users = join(this.folder, 'users.db');
    if (!existsSync(users)) await seedUsers(`file:${users}`, Date.now());
    const file = join(this.folder, `line-of-${waiting}.db`);
    if (!existsSync(file)) {
      copyFileSync(users, file);
      await seedTokens(`file:${file}`, waiting, Date.now());
    }
    return file;
  }
}
