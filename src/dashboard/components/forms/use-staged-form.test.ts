import { describe, expect, it } from 'vitest';
import { countChanges, findChangedFields } from './use-staged-form.ts';

const saved: { readonly name: string; readonly domains: readonly string[]; readonly token?: string } = {
  name: 'Shop',
  domains: ['shop.example'],
};

describe('findChangedFields', () => {
  it('returns the fields that differ from the saved values', () => {
    expect(findChangedFields(saved, { name: 'Other' })).toEqual(['name']);
    expect(findChangedFields(saved, { domains: ['shop.example', 'b.example'], token: 'x' })).toEqual(['domains', 'token']);
  });

  it('returns no field that was changed back', () => {
    expect(findChangedFields(saved, { name: 'Shop', domains: ['shop.example'] })).toEqual([]);
  });
});

describe('countChanges', () => {
  const paused = { on: 'paused', threshold: '', sites: [] };
  const disk = { on: 'disk', threshold: '4', sites: ['shop'] };
  const rules: readonly object[] = [paused, disk];

  it('counts each input that differs, in records and lists of records', () => {
    const form = { name: 'Shop', rules, tags: { meta: { mode: 'off', pixelId: '' } } };
    const names: { names: Record<string, string> } = { names: { Purchase: 'buy', Lead: 'lead' } };
    expect(countChanges(form, { rules })).toBe(0);
    expect(
      countChanges(form, {
        rules: [
          { ...paused, threshold: '900' },
          { ...disk, threshold: '-3' },
        ],
      }),
    ).toBe(2);
    expect(countChanges(form, { name: 'Other', tags: { meta: { mode: 'load', pixelId: '1' } } })).toBe(3);
    expect(countChanges(names, { names: { Lead: 'lead' } })).toBe(1);
    expect(countChanges(names, { names: { Lead: 'lead', Purchase: 'buy' } })).toBe(1);
  });

  it('counts a list of texts, an added and a removed record once', () => {
    expect(countChanges({ domains: ['a.example', 'b.example'] }, { domains: ['c.example'] })).toBe(1);
    const none: { domains: readonly string[] } = { domains: [] };
    expect(countChanges(none, { domains: ['a.example', 'b.example'] })).toBe(1);
    expect(countChanges({ rules }, { rules: [...rules, { on: 'accuracy', threshold: '', sites: [] }] })).toBe(1);
    expect(countChanges({ rules }, { rules: rules.slice(0, 1) })).toBe(1);
  });
});
