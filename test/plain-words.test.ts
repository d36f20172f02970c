import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Words of the code that a marketing engineer need not know, with those that users read in their place. */
const internal: Readonly<Record<string, RegExp>> = {
  'failed event': /\bdead letters?\b/gi,
  'being checked': /\bawaiting (?:the )?verdict\b/gi,
  'possibly sent twice': /\bin doubt\b/gi,
  'waiting, or not delivered yet': /\bnot sent yet\b/gi,
};

/** Files with texts that users read. Log messages are stable names, and decisions are history. */
const sources = globSync('src/{alerts,api,cli,config,dashboard,delivery,destinations,event,issues}/**/*.{ts,tsx}', {
  exclude: (path) => /\.(?:test|fixture|contract|suite)\./.test(path) || path.endsWith('log-dead-letters.ts'),
});
const pages = [...globSync('docs/{destinations,guides,operations,reference,start}/**/*.md'), 'README.md'];

const withoutComments = (code: string) => code.replace(/\/\*.*?\*\/|^\s*\/\/.*$|^.*logger\..*$/gms, '');
const withoutCode = (page: string) => page.replace(/```.*?```|`[^`\n]*`/gs, '');

describe('texts for users', () => {
  it.each(Object.entries(internal))('say “%s” in dashboard, CLI, messages and docs', (_, word) => {
    const find = (files: readonly string[], strip: (text: string) => string) =>
      files.filter((file) => strip(readFileSync(file, 'utf8')).search(word) >= 0);
    expect(find(sources, withoutComments)).toEqual([]);
    expect(find(pages, withoutCode)).toEqual([]);
  });

  it('name a page of the dashboard as its navigation does', () => {
    const files = ['src/dashboard/shell/Navigation.tsx', 'src/dashboard/pages/quality/QualityTabs.tsx'];
    const navigation = files.map((file) => readFileSync(file, 'utf8')).join('');
    const labels = [...navigation.matchAll(/label(?:: '|=")([^'"]+)/g)].map(([, label]) => label);
    const named = sources.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\bthe page [“"]([^”"]+)/g)]);
    expect(named.length).toBeGreaterThan(0);
    expect(named.map(([, page]) => page).filter((page) => !labels.includes(page))).toEqual([]);
  });

  it('write a percentage without a space, as `formatPercent` does', () => {
    const isSpaced = (file: string) => /\d[ \u00a0]%(?![\w(])/.test(readFileSync(file, 'utf8'));
    expect([...sources, ...pages].filter(isSpaced)).toEqual([]);
  });
});
