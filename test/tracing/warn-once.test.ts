import { expect, test } from 'bun:test';
import { WarnOnce } from '../../src/tracing/warn-once.ts';
import { TestLog } from '../support/service.ts';

test('it complains when spans begin to be lost, and again only after some have arrived', () => {
  const log = new TestLog();
  let cause: string | undefined;
  const exporter = new WarnOnce(
    {
      export: (_spans, done) =>
        done(cause === undefined ? { code: 0 } : { code: 1, error: new Error(cause) }),
      shutdown: () => Promise.resolve(),
    },
    log,
  );
  const complaints = [undefined, 'gone', 'gone', 'refused', undefined, undefined, 'back', 'back'].map(
    (next) => {
      cause = next;
      const answers: unknown[] = [];
      exporter.export([], ({ error }) => answers.push(error?.message));
      expect(answers).toEqual([next]);
      return log.errors.length;
    },
  );
  expect(complaints).toEqual([0, 1, 1, 1, 1, 1, 2, 2]);
  expect(log.errors[0]).toBe('the collector does not take the spans, which are lost: gone');
});
