import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drawPicture } from './plot-svg.ts';
import { picturesOf, showIn } from './readme-section.ts';
import { RESULTS_FILE, readResults } from './results.ts';

/** Shows the last run of the bench in the README: its figures, and a picture of each part that has plots. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const results = await readResults(RESULTS_FILE);
await Bun.write(`${root}README.md`, showIn(await Bun.file(`${root}README.md`).text(), results));
rmSync(`${root}docs/plots`, { recursive: true, force: true });
for (const { file, plot } of picturesOf(results)) await Bun.write(`${root}${file}`, drawPicture(plot));
