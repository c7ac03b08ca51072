import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What is deployed. */
export const PRODUCT = join(ROOT, 'src/worker.ts');
/** What is deployed says so. */
const PLATFORM = Bun.TOML.parse(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8')) as {
  readonly compatibility_date: string;
  readonly compatibility_flags: string[];
};
/** Where whoever runs many files of tests keeps the bundles for all of them, each in a folder of its name. */
const BUNDLES = process.env.TEST_BUNDLES;

export interface WorkerdOptions {
  /** The Worker's entry. */
  readonly entry: string;
  /** Where the object and the key-value store keep their state: what a later start finds. */
  readonly folder: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** What the Worker reaches as bindings of these names, answered by the test. */
  readonly services?: Readonly<Record<string, (request: Request) => Response | Promise<Response>>>;
  /** Bindings to leave out. */
  readonly without?: readonly string[];
  /** All that the runtime and the Worker print, piece by piece. */
  readonly onOutput?: (text: string) => void;
}

/** The service on workerd, the very runtime of the platform, as `wrangler.toml` would have it. */
export class Workerd {
  private constructor(
    private readonly miniflare: Miniflare,
    /** Without a slash at its end. */
    readonly url: string,
    private readonly folder: string,
  ) {}

  /** Throws with what the runtime said, when the Worker cannot be loaded. */
  static async start({
    entry,
    folder,
    variables = {},
    services = {},
    without = [],
    onOutput = () => {},
  }: WorkerdOptions): Promise<Workerd> {
    const bundle = await bundleOf(entry);
    const bound = <T extends object>(bindings: T): T =>
      Object.fromEntries(Object.entries(bindings).filter(([name]) => !without.includes(name))) as T;
    let said = '';
    const miniflare = new Miniflare({
      port: 0,
      modules: readdirSync(bundle)
        .filter((name) => /\.(js|sql)$/.test(name))
        // The entry comes first.
        .sort((a, b) => Number(b.endsWith('.js')) - Number(a.endsWith('.js')))
        .map((name) => ({
          type: name.endsWith('.js') ? 'ESModule' : 'Text',
          path: name,
          contents: readFileSync(join(bundle, name), 'utf8'),
        })),
      compatibilityDate: PLATFORM.compatibility_date,
      compatibilityFlags: PLATFORM.compatibility_flags,
      bindings: variables,
      durableObjects: bound({ COORDINATOR: { className: 'Coordinator', useSQLite: true } }),
      durableObjectsPersist: join(folder, 'objects'),
      kvNamespaces: bound({ CATALOGUE: 'catalogue' }),
      kvPersist: join(folder, 'kv'),
      serviceBindings: bound({ ...services, ASSETS: asset }),
      handleRuntimeStdio: (...streams) => {
        for (const stream of streams) {
          stream.setEncoding('utf8').on('data', (text: string) => {
            said += text;
            onOutput(text);
          });
        }
      },
    });
    try {
      const url = await miniflare.ready;
      return new Workerd(miniflare, url.origin, folder);
    } catch (cause) {
      await miniflare.dispose().catch(() => {});
      throw new Error(`workerd did not start: ${said}`, { cause });
    }
  }

  /** The file of the object's SQLite, once it has been opened. */
  get databaseFile(): string {
    const folder = join(this.folder, 'objects/-Coordinator');
    const file = readdirSync(folder).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
    if (file === undefined) throw new Error('there is no object yet');
    return join(folder, file);
  }

  /** Ends the process as nobody can prevent: by SIGKILL, wherever it is. What is on the disk stays there. */
  async kill(): Promise<void> {
    await this.miniflare.dispose();
  }
}

/** A file of the documentation's page. */
async function asset(request: { readonly url: string }): Promise<Response> {
  const { pathname } = new URL(request.url);
  const file = Bun.file(join(ROOT, 'node_modules/swagger-ui-dist', basename(pathname)));
  return (await file.exists()) ? new Response(file) : new Response(null, { status: 404 });
}

/** The folder of what the platform's own tool makes of an entry. It is made once. */
function bundleOf(entry: string): Promise<string> {
  const kept = bundles.get(entry) ?? bundle(entry);
  bundles.set(entry, kept);
  return kept;
}

const bundles = new Map<string, Promise<string>>();

async function bundle(entry: string): Promise<string> {
  const name = basename(entry, '.ts');
  if (BUNDLES !== undefined) {
    const folder = join(BUNDLES, name);
    if (!existsSync(folder)) await bundleInto(folder, entry);
    return folder;
  }
  const folder = mkdtempSync(join(tmpdir(), 'seatline-bundle-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  await bundleInto(folder, entry);
  return folder;
}

/** Bundles an entry into a folder, as it would be deployed. */
export async function bundleInto(folder: string, entry: string): Promise<void> {
  const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
  const child = Bun.spawn(['node', wrangler, 'deploy', entry, '--dry-run', '--outdir', folder], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [said, complaints, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`the Worker cannot be bundled: ${said}${complaints}`);
}
