import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../api/client.ts';
import { areAllShown, getFieldError, getFieldIssues, listUncorrected } from './field-errors.ts';

const issue = (field: string, message: string) => ({ field, code: 'parameter-invalid', message });

describe('field errors', () => {
  const issues = [issue('domains[1]', 'Must be a domain name.'), issue('uet.tagId', 'Must be digits.')];

  it('shows an issue at its field, also if it concerns one item of it', () => {
    expect(getFieldError(issues, 'domains')).toBe('Must be a domain name.');
    expect(getFieldError(issues, 'uet.tagId')).toBe('Must be digits.');
  });

  it('shows no issue at a field whose name is only a prefix', () => {
    expect(getFieldError([issue('domainsList', 'x')], 'domains')).toBeUndefined();
  });

  it('shows a message once if several items break the same rule', () => {
    expect(getFieldError([issue('domains[0]', 'Rule.'), issue('domains[1]', 'Rule.')], 'domains')).toBe('Rule.');
  });

  it('shows a message without the name of its field, which has a label', () => {
    expect(getFieldError([issue('clientId', '`clientId` must be the id of your app.')], 'clientId')).toBe(
      'Must be the id of your app.',
    );
    expect(getFieldError([issue('clientId', '`clientId`: Is missing.')], 'clientId')).toBe('Is missing.');
  });

  it('reports whether the fields of a form show every issue', () => {
    expect(areAllShown(issues, ['domains', 'uet.tagId'])).toBe(true);
    expect(areAllShown(issues, ['domains'])).toBe(false);
    expect(areAllShown([], ['domains'])).toBe(false);
  });

  it('lists an issue until its field has another value', () => {
    const listed = [issue('settings.tagId', 'Must be digits.'), issue('settings.token', 'Required.'), issue('id', 'Taken.')];
    const sent = { id: 'bing', settings: { tagId: 'five', events: [] } };
    expect(listUncorrected(listed, sent, structuredClone(sent))).toEqual(listed);
    expect(listUncorrected(listed, sent, { ...sent, settings: { tagId: '5', events: [] } })).toEqual(listed.slice(1));
    expect(listUncorrected(listed, sent, { id: 'meta', settings: { ...sent.settings, token: 't' } })).toEqual(listed.slice(0, 1));
    expect(listUncorrected([issue('domains[1]', 'x')], { domains: ['a', 'b'] }, { domains: ['c', 'b'] })).toHaveLength(1);
    expect(listUncorrected([issue('domains[1]', 'x')], { domains: ['a', 'b'] }, { domains: ['a', 'c'] })).toEqual([]);
  });

  it('returns no issues for an error that is no API error', () => {
    expect(getFieldIssues(new Error('broken'))).toEqual([]);
    expect(getFieldIssues(new ApiError('parameter-invalid', 'No.', issues))).toEqual(issues);
  });
});
