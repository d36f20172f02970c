import { expect, it } from 'vitest';
import { loadOnce } from './load-once.ts';

it('loadOnce loads again after a failure, and never after a success', async () => {
  let calls = 0;
  const load = loadOnce(async () => {
    calls += 1;
    if (calls === 1) throw new Error('EMFILE');
    return calls;
  });
  await expect(load()).rejects.toThrow('EMFILE');
  expect(await Promise.all([load(), load()])).toEqual([2, 2]);
  expect(await load()).toBe(2);
});

it('loadOnce rejects all calls that wait for the same failed load', async () => {
  const load = loadOnce(() => Promise.reject(new Error('EMFILE')));
  expect((await Promise.allSettled([load(), load()])).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
