import { describe, expect, it } from 'vitest';
import type { HookEventMapping } from '../event/hook-mapping.ts';
import { applyHookMapping } from './apply-mapping.ts';

const toMajor = (amount: number, currency: string) =>
  currency === 'JPY' ? amount : currency === 'EUR' ? amount / 100 : undefined;

function map(fields: HookEventMapping['fields'], body: unknown, rest: Omit<HookEventMapping, 'fields'> = {}) {
  return applyHookMapping([{ fields: { name: { const: 'Lead' }, ...fields }, ...rest }], body, toMajor, 'EUR');
}

describe('a mapping', () => {
  it('fills fields from places, constants and the first fallback with a value', () => {
    const mapped = map(
      { id: { at: '/id', prefix: 'lead-' }, 'user.email': ['/mail', '/contact/mail'], 'user.address.city': '/contact/city' },
      { id: 7, mail: ' ', contact: { mail: 'jane@shop.example', city: 'Paris' } },
    );
    expect(mapped).toEqual({
      entry: 0,
      issues: [],
      submission: { name: 'Lead', id: 'lead-7', user: { email: 'jane@shop.example', address: { city: 'Paris' } } },
    });
  });

  it('takes the first entry whose conditions all fit, and none if none fits', () => {
    const mapping: HookEventMapping[] = [
      {
        when: [
          { at: '/type', in: ['paid', 'done'] },
          { at: '/test', in: [false, null] },
        ],
        fields: { name: { const: 'Purchase' } },
      },
      { when: [{ at: '/type', in: ['lead'] }], fields: { name: { const: 'Lead' } } },
    ];
    const apply = (body: unknown) => applyHookMapping(mapping, body, toMajor)?.submission.name;
    expect(apply({ type: 'done' })).toBe('Purchase');
    expect(apply({ type: 'paid', test: true })).toBeUndefined();
    expect(apply({ type: 'lead' })).toBe('Lead');
    expect(apply({ type: 'other' })).toBeUndefined();
  });

  it('finds an entry of a list by its own fields', () => {
    const find = { at: '/answers', find: [{ at: '/type', in: ['email'] }], take: '/email' };
    const answers = [
      { type: 'text', text: 'x' },
      { type: 'email', email: 'jane@shop.example' },
    ];
    expect(map({ 'user.email': find }, { answers })?.submission.user).toEqual({ email: 'jane@shop.example' });
    expect(map({ 'user.email': find }, { answers: [] })?.submission.user).toBeUndefined();
  });

  it('converts amounts of minor units by the currency, also of items', () => {
    const mapped = map(
      { 'commerce.value': { at: '/total', unit: 'minor' }, 'commerce.currency': '/currency' },
      { total: 1234, currency: 'eur', lines: [{ sku: 'a', amount: 500, count: 2 }] },
      { items: { at: '/lines', fields: { id: '/sku', price: { at: '/amount', unit: 'minor' }, quantity: '/count' } } },
    );
    expect(mapped?.submission.commerce).toEqual({
      value: 12.34,
      currency: 'eur',
      items: [{ id: 'a', price: 5, quantity: 2 }],
    });
    const yen = map({ 'commerce.value': { at: '/v', unit: 'minor' }, 'commerce.currency': { const: 'JPY' } }, { v: '500' });
    expect(yen?.submission.commerce).toMatchObject({ value: 500 });
    expect(map({ 'commerce.value': { at: '/v', unit: 'minor' } }, { v: 500 })?.submission.commerce).toEqual({ value: 5 });
  });

  it('keeps an amount that it cannot read as unreadable, never as absent', () => {
    const mapped = map({ 'commerce.value': { at: '/v', unit: 'minor' } }, { v: '12.50' });
    expect(mapped?.submission.commerce).toEqual({ value: Number.NaN });
    expect(mapped?.issues).toMatchObject([{ field: 'commerce.value', message: expect.stringContaining('whole number') }]);
  });

  it.each([
    [{ at: '/t', unit: 'seconds' }, 1_764_576_000, '2025-12-01T08:00:00.000Z'],
    [{ at: '/t', unit: 'ms' }, '1764576000500', '2025-12-01T08:00:00.500Z'],
    ['/t', '2025-12-01T09:00:00+01:00', '2025-12-01T09:00:00+01:00'],
  ] as const)('reads the time %j of %j', (place, t, time) => {
    expect(map({ time: place }, { t })).toMatchObject({ submission: { time }, issues: [] });
  });

  it.each([
    ['/t', '2025-12-01T09:00:00', 'offset'],
    ['/t', 1_764_576_000, 'seconds'],
    [{ at: '/t', unit: 'seconds' }, 'soon', 'seconds'],
  ] as const)('reports the time %j of %j', (place, t, word) => {
    expect(map({ time: place }, { t })).toMatchObject({
      submission: { time: Number.NaN },
      issues: [{ field: 'time', message: expect.stringContaining(word) }],
    });
  });

  it('replaces words, and keeps those without a replacement', () => {
    const place = { at: '/ok', values: { true: 'granted', no: 'denied' } };
    const read = (ok: unknown) => map({ 'consent.adStorage': place }, { ok })?.submission.consent;
    expect(read(true)).toEqual({ adStorage: 'granted' });
    expect(read('no')).toEqual({ adStorage: 'denied' });
    expect(read('maybe')).toEqual({ adStorage: 'maybe' });
    expect(read('constructor')).toEqual({ adStorage: 'constructor' });
  });

  it('takes a bounded time, also if every field of every item searches a long list', () => {
    const list = Array.from({ length: 5_000 }, (_, index) => ({ k: index }));
    const find = { at: '/list', find: [{ at: '/k', in: ['none'] }], take: '/k' };
    const fields = Object.fromEntries(['id', 'name', 'sku', 'brand', 'category'].map((name) => [name, [find, find, find, find]]));
    const body = { items: Array.from({ length: 200 }, () => ({ list })) };
    const started = performance.now();
    expect(map({}, body, { items: { at: '/items', fields } })?.issues).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('reads the visitor `denied` as a denial', () => {
    expect(map({ 'user.anonymousId': '/v', 'user.email': '/e' }, { v: 'denied', e: 'jane@shop.example' })?.submission).toEqual({
      name: 'Lead',
      user: { email: 'jane@shop.example' },
      consent: { adStorage: 'denied' },
    });
  });

  it('reports a list or an object in the place of a text', () => {
    expect(map({ id: '/x' }, { x: { y: 1 } })?.issues).toMatchObject([{ field: 'id' }]);
  });
});
