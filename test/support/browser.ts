import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, createBrotliDecompress } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { devDependencies } from '../../package.json';

/** The names of a Chromium on a machine that has one. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const FLAGS = [
  // The test may run as root in a container, where Chromium's sandbox does not start. All it opens is this service.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // The network is cut: no name but those of this machine leads anywhere.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
];

interface Program {
  readonly path: string;
  readonly environment: Record<string, string>;
}

/**
 * Starts a headless Chromium with a new profile, whose network is cut except for loopback. It is the machine's, else the
 * one that a package carries, which runs on Linux x64 only. Playwright talks to it over a pipe, as it always does: that
 * works in Bun, and opens no port.
 */
export async function launchBrowser(): Promise<Browser> {
  const { path, environment } = findChromium() ?? (await unpackChromium());
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return chromium.launch({
    executablePath: path,
    headless: true,
    args: FLAGS,
    env: { ...Object.fromEntries(inherited), ...environment },
  });
}

function findChromium(): Program | undefined {
  const path = NAMES.map((name) => Bun.which(name)).find((found) => found !== null);
  return path === undefined || path === null ? undefined : { path, environment: {} };
}

/** The package carries Chromium compressed. It is unpacked once for each version, next to the packages. */
async function unpackChromium(): Promise<Program> {
  const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
  const home = join(cache, `chromium-${devDependencies['@sparticuz/chromium']}`);
  if (!existsSync(home)) await unpackInto(home, cache);
  return {
    path: join(home, 'chromium'),
    // The package brings the libraries and a font, which a bare machine lacks: without any font Chromium does not draw.
    environment: {
      LD_LIBRARY_PATH: join(home, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(home, 'fonts.conf'),
    },
  };
}

/** Unpacks aside and then renames, so that nobody who looks at the same time finds half of a Chromium. */
async function unpackInto(home: string, cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const aside = await mkdtemp(join(cache, 'unpacking-'));
  try {
    await unpackProgram(join(aside, 'chromium'));
    await unpackFolder('al2023', aside);
    await unpackFolder('fonts', aside);
    await Bun.write(join(aside, 'fonts.conf'), fontsConfiguration(home));
    await rename(aside, home);
  } catch (error) {
    await rm(aside, { recursive: true });
    // Another run that was faster has put the same in place.
    if (!existsSync(home)) throw error;
  }
}

/**
 * The package's files are read as they are. Its own unpacker writes to a place that all processes of the machine share,
 * takes what it finds there to be whole, and gives the files to another user when it runs as root.
 */
function packed(name: string): string {
  return fileURLToPath(new URL(`../bin/${name}`, import.meta.resolve('@sparticuz/chromium')));
}

async function unpackProgram(to: string): Promise<void> {
  const file = createReadStream(packed('chromium.br'));
  await pipeline(file, createBrotliDecompress(), createWriteStream(to, { mode: 0o755 }));
}

async function unpackFolder(name: string, into: string): Promise<void> {
  const tar = brotliDecompressSync(await Bun.file(packed(`${name}.tar.br`)).bytes());
  await new Bun.Archive(tar).extract(join(into, name));
}

/** The package's own configuration looks for fonts where its usual host has them. */
function fontsConfiguration(home: string): string {
  const path = Bun.escapeHTML(home);
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${path}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${path}/fonts-cache</cachedir>
</fontconfig>
`;
}
