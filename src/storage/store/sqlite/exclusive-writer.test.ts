import { expect, it } from 'vitest';
import { createExclusiveWriter } from './exclusive-writer.ts';

function scene() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (op: string) => {
    begun.push(op);
    return new Promise<string>((resolve) => ends.set(op, () => resolve(op)));
  };
  const { write, runExclusively } = createExclusiveWriter<string, string>(run);
  return { begun, ends, write, runExclusively };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

it('a long operation starts when nothing else runs, and later operations wait for its end', async () => {
  const { begun, ends, write, runExclusively } = scene();
  void write('one');
  void write('two');
  const long = runExclusively('long', 1_000);
  const late = [write('three'), write('four')];
  await settle();
  ends.get('one')?.();
  await settle();
  expect(begun).toEqual(['one', 'two']);
  ends.get('two')?.();
  await settle();
  expect(begun).toEqual(['one', 'two', 'long']);
  ends.get('long')?.();
  expect(await long).toBe('long');
  await settle();
  expect(begun).toEqual(['one', 'two', 'long', 'three', 'four']);
  for (const end of ends.values()) end();
  expect(await Promise.all(late)).toEqual(['three', 'four']);
});

it('two long operations run one after the other, and a failed one blocks none', async () => {
  const begun: string[] = [];
  const { write, runExclusively } = createExclusiveWriter<string, string>((op) => {
    begun.push(op);
    return op === 'bad' ? Promise.reject(new Error('disk')) : Promise.resolve(op);
  });
  const bad = expect(runExclusively('bad', 1_000)).rejects.toThrow('disk');
  const all = [runExclusively('good', 1_000), write('late')];
  await bad;
  expect(await Promise.all(all)).toEqual(['good', 'late']);
  expect(begun).toEqual(['bad', 'good', 'late']);
});
