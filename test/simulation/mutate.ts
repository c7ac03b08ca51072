import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { plugin } from 'bun';
import { MUTANTS, type Mutant } from './mutants.ts';

/**
 * Loaded before the simulation, it puts the bug that `MUTANT` names into the service as its files are read. Nothing of it
 * is in the service itself.
 */
const { MUTANT } = process.env;
const mutant = MUTANTS.find(({ name }) => name === MUTANT);
if (mutant === undefined) throw new Error(`no mutant has the name ${MUTANT}`);
const path = fileURLToPath(new URL(`../../src/${mutant.file}`, import.meta.url));

plugin({
  name: 'mutant',
  setup(build) {
    build.onLoad({ filter: new RegExp(`${path.replaceAll(/[.\\/]/g, '\\$&')}$`) }, () => ({
      contents: mutated(readFileSync(path, 'utf8'), mutant),
      loader: 'ts',
    }));
  },
});

/** Throws where the text is not just once in the file: then the mutant is none any more. */
function mutated(source: string, { name, find, replace }: Mutant): string {
  const [before, after, ...more] = source.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${name}: its text is not once in its file`);
  }
  return before + replace + after;
}
