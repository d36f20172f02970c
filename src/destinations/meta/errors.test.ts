import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { exchangeFixture, readFixtures } from '../kit/fixtures.suite.ts';
import { type ErrorRule, errorRules, findErrorRule, findErrorSection } from './errors.ts';

const errorSchema = z.object({
  error: z.object({
    code: z.int(),
    error_subcode: z.int().optional(),
    is_transient: z.boolean().optional(),
    message: z.string().optional(),
  }),
});

const recorded = readFixtures(join(import.meta.dirname, 'fixtures/exchange'), exchangeFixture).flatMap(([, { answers }]) =>
  answers.flatMap(({ response }) => errorSchema.safeParse(response.body).data?.error ?? []),
);

test.each(errorRules)('the error rule $id has an answer in the fixtures', (rule) => {
  expect(recorded.filter((error) => findErrorRule(error) === rule)).not.toHaveLength(0);
});

test('an unknown code has no rule', () => {
  expect(findErrorRule({ code: 987_654 })).toBeUndefined();
  expect(findErrorRule({ code: 300 })).toBeUndefined();
  expect(findErrorRule({ code: 80_015 })).toBeUndefined();
});

test('the word permission decides only where code 100 has no subcode', () => {
  expect(findErrorRule({ code: 100, message: '(#100) Missing Permission' })?.verdict).toBe('blocked');
  expect(findErrorRule({ code: 100, error_subcode: 2_804_019, message: 'permission' })?.verdict).toBe('content');
});

describe('the troubleshooting guide', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guides/meta/meta-troubleshooting.md'), 'utf8');
  const headings = [...guide.matchAll(/^#{2,3} (.+)$/gm)].map(([, text = '']) => text);
  const toAnchor = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
  const findHeading = ({ section }: Pick<ErrorRule, 'section'>) =>
    headings.find((heading) => toAnchor(heading) === section) ?? '';

  test.each(errorRules)('has a section of the error rule $id, which names each of its codes', (rule) => {
    const heading = findHeading(rule);
    expect(heading, rule.section).not.toBe('');
    for (const code of rule.codes) expect(heading.split(/, | and |^Errors? /), heading).toContain(code);
  });

  test.each(errorRules)('is linked from each issue of the error rule $id', ({ codes, section, ...rule }) => {
    if (rule.verdict === 'blocked') expect(findErrorSection(rule.issue.code)).toBeDefined();
    for (const code of codes.filter((one) => /^[\d/]+$/.test(one))) {
      // Only Meta's text distinguishes code 100 with the word permission, which blocks the connection.
      if (rule.id === 'parameter-permission') continue;
      expect(findErrorSection(code), code).toBe(section);
    }
  });

  test('is not linked from an issue that is not an error of Meta', () => {
    for (const code of ['required', 'name-too-long', '987654']) expect(findErrorSection(code)).toBeUndefined();
  });
});
