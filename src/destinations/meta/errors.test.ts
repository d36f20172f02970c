import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { exchangeFixture, readFixtures } from '../kit/fixtures.suite.ts';
import { errorRules, findErrorRule } from './errors.ts';

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
