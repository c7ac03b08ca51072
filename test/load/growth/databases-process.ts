import { growths } from './growths.ts';

/** Writes the databases of one growth, of which it reads the name and the folder, and prints their URLs as JSON. */

const { what, folder }: { what: string; folder: string } = await Bun.stdin.json();
const urls: string[] = [];
for (const growth of growths.filter((one) => one.what === what)) {
  for (const size of growth.sizes) urls.push(await growth.write(folder, size));
}
console.log(JSON.stringify(urls));
