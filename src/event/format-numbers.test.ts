import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatCount, formatPercent } from './format-numbers.ts';

it('a share is never rounded to nothing or to all', () => {
  const shares = [[0, 9], [1, 1_000], [1, 3], [999, 1_000], [9, 9], [0, 0], [0.25]] as const;
  expect(shares.map(([part, whole]) => formatPercent(part, whole))).toEqual(['0%', '<1%', '33%', '>99%', '100%', '0%', '25%']);
});

it('a percentage has one form, which no other file writes', () => {
  const root = join(import.meta.dirname, '..');
  const isWritten = (file: string) => /\}\s?%(?![a-z])|style: 'percent'/.test(readFileSync(join(root, file), 'utf8'));
  const files = globSync('{alerts,api,cli,config,dashboard,delivery,destinations,doctor,event,gateway,privacy}/**/*.{ts,tsx}', {
    cwd: root,
    exclude: (file) => String(file).includes('.test.'),
  });
  // The theme mixes colours.
  expect(files.filter(isWritten).toSorted()).toEqual(['dashboard/theme.ts', 'event/format-numbers.ts']);
});

it('a count has its noun in the right number', () => {
  expect([formatCount(1, 'event'), formatCount(0, 'event'), formatCount(1_204, 'copy', 'copies')]).toEqual([
    '1 event',
    '0 events',
    '1,204 copies',
  ]);
});
