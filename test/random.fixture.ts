import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { TestContext } from 'vitest';

/** Draws random numbers that depend on the seed of the run and the name of the test alone. */
export interface Random {
  /** At least 0 and less than 1. */
  fraction(): number;
  /** An integer, at least 0 and less than `end`. */
  integer(end: number): number;
  bytes(length: number): Buffer;
  shuffle<Item>(items: readonly Item[]): Item[];
}

/** The seed of the run: `CONVEY_FAULT_SEED`, or a new one. An integer of 32 bits, as fast-check takes it. */
export const seed = readSeed(process.env.CONVEY_FAULT_SEED) ?? randomInt(2 ** 31);

function readSeed(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number >= 2 ** 31)
    throw new Error('CONVEY_FAULT_SEED must be an integer of at least 0 and less than 2,147,483,648');
  return number;
}

/** Prints the seed if the test fails. */
export function createRandom({ task, onTestFailed }: Pick<TestContext, 'task' | 'onTestFailed'>): Random {
  onTestFailed(() => console.error(`Repeat "${task.name}" with CONVEY_FAULT_SEED=${seed}`));
  return createGenerator(crc32(task.name, seed));
}

/** @source https://gist.github.com/tommyettinger/46a874533244883189143505d203312c (2026-11-27): mulberry32 */
function createGenerator(start: number): Random {
  let state = start;
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (end: number) => Math.floor(fraction() * end);
  return {
    fraction,
    integer,
    bytes: (length) => Buffer.from(Array.from({ length }, () => integer(256))),
    shuffle: (items) =>
      items
        .map((item) => ({ item, rank: fraction() }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ item }) => item),
  };
}
