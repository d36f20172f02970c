import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../api/client.ts';
import { areAllShown, getFieldError, getFieldIssues } from './field-errors.ts';

const issue = (field: string, message: string) => ({ field, code: 'parameter-invalid', message });

describe('what is wrong with a field', () => {
  const issues = [issue('domains[1]', 'Must be a domain name.'), issue('uet.tagId', 'Must be digits.')];

  it('is read beside the field, whichever part of it is wrong', () => {
    expect(getFieldError(issues, 'domains')).toBe('Must be a domain name.');
    expect(getFieldError(issues, 'uet.tagId')).toBe('Must be digits.');
  });

  it('is not read beside a field whose name only begins the same', () => {
    expect(getFieldError([issue('domainsList', 'x')], 'domains')).toBeUndefined();
  });

  it('is told once where several parts break one rule', () => {
    expect(getFieldError([issue('domains[0]', 'Rule.'), issue('domains[1]', 'Rule.')], 'domains')).toBe('Rule.');
  });

  it('is told elsewhere only where no field of the form can show it', () => {
    expect(areAllShown(issues, ['domains', 'uet.tagId'])).toBe(true);
    expect(areAllShown(issues, ['domains'])).toBe(false);
    expect(areAllShown([], ['domains'])).toBe(false);
  });

  it('is nothing where the fault is no refusal', () => {
    expect(getFieldIssues(new Error('broken'))).toEqual([]);
    expect(getFieldIssues(new ApiError('parameter-invalid', 'No.', issues))).toEqual(issues);
  });
});
