import { describe, expect, it } from 'vitest';
import { findChangedFields } from './use-staged-form.ts';

const saved: { readonly name: string; readonly domains: readonly string[]; readonly token?: string } = {
  name: 'Shop',
  domains: ['shop.example'],
};

describe('what is changed in a form', () => {
  it('is what differs from what is saved', () => {
    expect(findChangedFields(saved, { name: 'Other' })).toEqual(['name']);
    expect(findChangedFields(saved, { domains: ['shop.example', 'b.example'], token: 'x' })).toEqual(['domains', 'token']);
  });

  it('is nothing once it is changed back', () => {
    expect(findChangedFields(saved, { name: 'Shop', domains: ['shop.example'] })).toEqual([]);
  });
});
