import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readBody } from './read-body.ts';

const pace = { freeBytes: 1_000, bytes: 1_000, windowMs: 200 };

/** Sends parts with a pause before each, and never ends after an infinite one. */
function requestOf(parts: readonly (readonly [pauseMs: number, bytes: number])[]) {
  let isCancelled = false;
  const rest = parts[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(stream) {
        const { done, value } = rest.next();
        if (done) return stream.close();
        const [pauseMs, bytes] = value;
        if (pauseMs === Number.POSITIVE_INFINITY) return new Promise(() => undefined);
        await sleep(pauseMs);
        if (!isCancelled) stream.enqueue(new Uint8Array(bytes));
      },
      cancel() {
        isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const request = new Request('http://gateway/', { method: 'POST', body, ...{ duplex: 'half' } });
  return { request, isCancelled: () => isCancelled };
}

async function read(parts: Parameters<typeof requestOf>[0]) {
  const { request, isCancelled } = requestOf(parts);
  const body = await readBody(request, 1_000_000, () => true, { pace });
  return { read: 'error' in body ? body.error : body.bytes.length, isCancelled: isCancelled() };
}

const never = [Number.POSITIVE_INFINITY, 0] as const;

describe('a body with a pace', () => {
  test('may be slow in its first bytes', async () => {
    expect(await read([...Array.from({ length: 9 }, () => [60, 100] as const), [60, 99]])).toEqual({
      read: 999,
      isCancelled: false,
    });
  });

  test('is read completely while enough arrives in each window', async () => {
    const parts = Array.from({ length: 10 }, () => [20, 1_000] as const);
    expect(await read(parts)).toEqual({ read: 10_000, isCancelled: false });
  });

  test('is read completely if its short rest arrives in time', async () => {
    expect(
      await read([
        [0, 5_000],
        [20, 10],
      ]),
    ).toEqual({ read: 5_010, isCancelled: false });
  });

  test('is cut off if its last byte is held back', async () => {
    expect(await read([[0, 500_000], never])).toEqual({ read: 'not-accepting', isCancelled: true });
  });

  test('is cut off if it trickles', async () => {
    const began = performance.now();
    expect(await read([[0, 1_000], ...Array.from({ length: 1_000 }, () => [20, 10] as const)])).toEqual({
      read: 'not-accepting',
      isCancelled: true,
    });
    expect(performance.now() - began).toBeLessThan(15_000);
  });
});

test('a body without a pace may wait', async () => {
  const { request } = requestOf([
    [0, 5_000],
    [500, 1],
  ]);
  expect(await readBody(request, 1_000_000, () => true)).toMatchObject({ bytes: { length: 5_001 } });
});
