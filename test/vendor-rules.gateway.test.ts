import { execFileSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  formatRules,
  listNumberedTests,
  listRuledDestinations,
  parseRuleNumbers,
  readTitles,
  readVendorRules,
} from '../scripts/vendor-rules.ts';
import { destinations } from '../src/destinations/destinations.ts';

const root = join(import.meta.dirname, '..');

test('the destinations have rules', () => {
  expect(listRuledDestinations()).toEqual(destinations.map(({ id }) => id).toSorted());
});

describe.each(listRuledDestinations())('every rule of %s', (destination) => {
  const rules = readVendorRules(destination);

  test('has a number of its own, and they are in order', () => {
    const keys = rules.map(({ id }) => id.split('.').map(Number)).map(([chapter = 0, number = 0]) => chapter * 100 + number);
    expect(keys).toEqual([...new Set(keys)].toSorted((a, b) => a - b));
  });

  test.each(rules)('has a test or a case: §$id $rule', ({ heldHere, heldElsewhere }) => {
    expect([...heldHere, ...heldElsewhere]).not.toHaveLength(0);
  });

  test.each(rules.flatMap(({ id, heldElsewhere }) => heldElsewhere.map((holder) => ({ id, ...holder }))))(
    'names tests that exist: §$id $file: $title',
    ({ file, title }) => {
      expect(existsSync(join(root, file))).toBe(true);
      expect(readTitles(file)).toContain(title);
    },
  );

  test('has the only numbers that titles carry', () => {
    const known = new Set(rules.map(({ id }) => id));
    const strays = listNumberedTests(destination).filter(({ title }) =>
      parseRuleNumbers(title).some((number) => !known.has(number)),
    );
    expect(strays).toEqual([]);
  });

  test('has a number that each case of the fixtures carries', () => {
    const fixtures = globSync(`src/destinations/${destination}/fixtures/{map,exchange}/*.json`, { cwd: root });
    expect(fixtures.length).toBeGreaterThan(0);
    for (const file of fixtures) {
      const bare = readTitles(file).filter((title) => title !== '' && parseRuleNumbers(title).length === 0);
      expect(bare, file).toEqual([]);
    }
  });
});

test('titles are found in groups, in tables and in plain tests', () => {
  const titles = readTitles('src/delivery/sending/backoff.test.ts');
  expect(titles).toContain("an event expires an hour before the platform's age limit");
  expect(titles).toContain('Retry-After > %j is parsed');
  expect(titles).not.toContain('Retry-After');
});

test('the table of rules and tests is printed by `node scripts/vendor-rules.ts meta`', () => {
  const rules = readVendorRules('meta');
  const printed = execFileSync(process.execPath, ['scripts/vendor-rules.ts', 'meta'], { cwd: root, encoding: 'utf8' });
  expect(printed).toBe(`${formatRules(rules)}\n`);
  expect(printed.trimEnd().split('\n')).toHaveLength(rules.length + 2);
});
