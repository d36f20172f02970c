import { Command } from 'commander';
import { expect, test } from 'vitest';
import { explainApiError } from './explain-api-error.ts';

const command = new Command('try').argument('<name>').option('--email <address>').option('--anonymous-id <id>');
const message = 'A parameter is unknown or has an invalid value. Correct the parameters that `issues` lists.';
const createIssue = (field: string, remedy: string) => ({
  field,
  code: 'parameter-invalid',
  message: `\`${field}\` must be short. ${remedy}`,
});

test('explainApiError names options and arguments, and each remedy once, without words of the API', () => {
  const issues = ['name', 'anonymousId', 'password'].map((field) => createIssue(field, 'Change it.'));
  expect(explainApiError({ code: 'parameter-invalid', message, issues }, command)).toBe(
    '<name> must be short. --anonymous-id must be short. `password` must be short. Change it.',
  );
  expect(explainApiError({ code: 'person-key', message, issues: [createIssue('email', 'Correct it.')] }, command)).toBe(
    '--email must be short. Correct it.',
  );
});

test('explainApiError keeps the message of an error that has no issues, or that they only complete', () => {
  const issues = [createIssue('role', '')];
  expect(explainApiError({ code: 'owner-only', message: 'Only an owner may do this.', issues })).toBe(
    'Only an owner may do this.',
  );
  expect(explainApiError({ code: 'person-key', message: 'Nobody.', issues: [] }, command)).toBe('Nobody.');
});
