import { expect, it } from 'vitest';
import { describeReport } from './activity.ts';

const at = Date.UTC(2026, 10, 24, 10);
const report = {
  ok: true,
  entries: 2,
  firstAt: at,
  lastAt: at + 60_000,
  head: { seq: 9, hash: 'ab'.repeat(32) },
  gaps: [],
  restores: [],
  moves: [],
};

it('a report of a whole chain has its period and its head', () => {
  expect(describeReport(report)).toEqual([
    '2 entries, from 2026-11-24 10:00:00 to 2026-11-24 10:01:00 UTC.',
    `Head: entry 9, ${'ab'.repeat(32)}. Compare it with the one in a digest.`,
    'The chain is complete.',
  ]);
});

it('a report names gaps, restores, moves, an unchecked checkpoint, and the first broken entry', () => {
  const broken = describeReport({
    ...report,
    ok: false,
    checkpoint: { seq: 4, at, signature: 'key-missing' },
    gaps: [
      { from: 5, to: 5 },
      { from: 7, to: 8 },
    ],
    restores: [{ seq: 6, at }],
    moves: [{ seq: 9, at }],
    broken: { seq: 6, reason: 'gap' },
  });
  expect(broken.slice(2)).toEqual([
    'Checkpoint after entry 4 of 2026-11-24 10:00:00 UTC: not checked: the key that signed it is missing.',
    'Missing: entry 5.',
    'Missing: entries 7 to 8.',
    'Restored: entry 6 of 2026-11-24 10:00:00 UTC.',
    'Moved to PostgreSQL: entry 9 of 2026-11-24 10:00:00 UTC.',
    'Broken at entry 6: entries before it are missing.',
    expect.stringMatching(/^The chain does not verify/),
  ]);
});
