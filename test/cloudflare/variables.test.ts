import { expect, test } from 'bun:test';
import { BINDINGS, MEANINGLESS, variablesOf } from '../../src/cloudflare/variables.ts';
import { type Variable, variables } from '../../src/config.ts';
import wrangler from '../../wrangler.toml';

const bound = Object.fromEntries(BINDINGS.map((name) => [name, {}]));

test('wrangler.toml has all variables that mean something there, with the defaults of the code, and no secret', () => {
  const all: readonly Variable[] = variables;
  const meant = all.filter(({ name, isSecret }) => isSecret !== true && !MEANINGLESS.includes(name));
  expect(wrangler.vars).toEqual(Object.fromEntries(meant.map(({ name, fallback }) => [name, fallback])));
});

test('wrangler.toml binds what the code needs', () => {
  const { durable_objects, kv_namespaces, assets } = wrangler;
  const names = [...durable_objects.bindings.map(({ name }: { name: string }) => name)];
  names.push(...kv_namespaces.map(({ binding }: { binding: string }) => binding), assets.binding);
  expect(names).toEqual(BINDINGS);
});

test('texts, numbers and truths are variables, and bindings are none', () => {
  expect(variablesOf({ ...bound, DEMO: 'off', HOLD_SECONDS: 60, FLAG: true, OTHER: {} })).toEqual({
    DEMO: 'off',
    HOLD_SECONDS: '60',
    FLAG: 'true',
  });
});

test('a binding that is missing is named', () => {
  for (const name of BINDINGS) {
    const { [name]: _, ...others } = bound;
    expect(() => variablesOf(others)).toThrow(`the binding ${name} is missing`);
  }
});

test('what would have no effect is named, and is none when it is empty', () => {
  for (const name of MEANINGLESS) {
    expect(() => variablesOf({ ...bound, [name]: 'x' })).toThrow(`${name} means nothing on Cloudflare`);
    expect(variablesOf({ ...bound, [name]: '' })).toEqual({ [name]: '' });
  }
});
