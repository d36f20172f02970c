import { describe, expect, it } from 'vitest';
import { findChangedFields } from './use-staged-form.ts';

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
