import { describe, expect, it } from 'vitest';
import {
  badTitle,
  countPatterns,
  listLongSentences,
  type Pattern,
  type Prose,
  patterns,
  readComments,
  readMarkdown,
  readMessages,
  readTestTitles,
  readUiTexts,
} from '../scripts/prose.ts';

/** Maximum occurrences per 1,000 words: see the style guide in CONTRIBUTING.md. */
const ceilings: Readonly<Record<Pattern, number>> = {
  'What/Who/Whose': 0.3,
  'Of/Where/With/By': 0.8,
  nobody: 0.4,
  'tell/say': 0.8,
  stand: 0.3,
};

const maxBadTitles = 0.02;

describe.each([
  ['comments', readComments],
  ['messages', readMessages],
  ['documents', readMarkdown],
  ['interface', readUiTexts],
] as const)('the %s', (_, read) => {
  const prose = read();
  const counts = countPatterns(prose);

  it.each(['What/Who/Whose', 'Of/Where/With/By', 'nobody', 'tell/say', 'stand'] as const)(
    'keep below the ceiling of %s',
    (pattern) => {
      expect(prose.length).toBeGreaterThan(50);
      expect(counts[pattern], examples(prose, patterns[pattern])).toBeLessThanOrEqual(ceilings[pattern]);
    },
  );
});

it('no sentence of the interface has more than 25 words', () => {
  const texts = readUiTexts();
  expect(texts.length).toBeGreaterThan(500);
  expect(listLongSentences(texts)).toEqual([]);
  const words = (count: number) => 'word '.repeat(count).trim();
  const prose = [{ file: 'page.tsx', text: `${words(25)}. ${words(24)} \`a b c\`. ${words(26)}.` }];
  expect(listLongSentences(prose).map(({ text }) => text)).toEqual([`${words(26)}.`]);
});

it('the titles of tests are sentences with a subject', () => {
  const titles = readTestTitles();
  const bad = titles.filter(({ text }) => badTitle.test(text));
  expect(titles.length).toBeGreaterThan(1_000);
  expect(bad.length / titles.length, examples(bad, badTitle)).toBeLessThanOrEqual(maxBadTitles);
});

it('each pattern matches the prose that it is for', () => {
  const poor = [{ file: 'poor.md', text: 'What it holds. Of a site. Nobody is told where it stands.' }];
  expect(Object.values(countPatterns(poor)).every((count) => count > 0)).toBe(true);
  const plain = [{ file: 'plain.md', text: 'Returns the cursor of a consumer. The consumer reads the event log after it.' }];
  expect(Object.values(countPatterns(plain))).toEqual([0, 0, 0, 0, 0]);
});

function examples(prose: readonly Prose[], pattern: RegExp): string {
  const once = new RegExp(pattern.source, pattern.flags.replace('g', ''));
  const found = prose.filter(({ text }) => once.test(text)).slice(0, 10);
  return `for example\n${found.map(({ file, text }) => `${file}: ${text.slice(0, 120).replace(/\n/g, ' ')}`).join('\n')}`;
}
