import { expect, it } from 'vitest';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { type CaptureForm, suggestRow, toCaptureForm, toCapturePatch } from './capture-form.ts';

const saved: SiteSettingsView['capture'] = {
  dataLayer: {
    mode: 'on',
    layer: ['dataLayer'],
    map: { done: { as: 'Purchase', value: 'basket.total', tax: 'basket.tax', items: 'basket.lines', item: { id: 'sku' } } },
  },
};

it('the form has a row for each mapping, and the default events', () => {
  const { rows, events, ...rest } = toCaptureForm(saved);
  expect(rest).toMatchObject({ mode: 'on', layer: ['dataLayer'], pages: [], links: [], consentTool: '', consentCategory: '' });
  expect(rows).toEqual([
    {
      name: 'done',
      as: 'Purchase',
      paths: { value: 'basket.total', tax: 'basket.tax', items: 'basket.lines', 'item.id': 'sku' },
    },
  ]);
  expect(events).toContain('purchase');
  expect(events).not.toContain('view_cart');
});

it('a change writes rows, removes members that were emptied, and keeps the default events open', () => {
  const form = toCaptureForm(saved);
  const row = { name: ' done ', as: 'Lead', paths: { value: ' basket.total ', tax: '' } };
  expect(toCapturePatch({ ...form, layer: [], rows: [row] }, saved).dataLayer).toMatchObject({
    layer: null,
    events: null,
    map: { done: { as: 'Lead', value: 'basket.total', tax: null, items: null, item: null } },
  });
  const other = { name: 'seen', as: 'Seen', paths: { 'item.id': 'sku' } };
  expect(toCapturePatch({ ...form, events: ['view_cart'], rows: [other] }, saved).dataLayer).toMatchObject({
    events: ['view_cart'],
    map: { done: null, seen: { item: { id: 'sku', name: null } } },
  });
});

it('a change names the consent tool, its category only if the tool has one, and removes both', () => {
  const read = (changes: Partial<CaptureForm>) => {
    const { consentTool, consentCategory } = toCapturePatch({ ...toCaptureForm(saved), ...changes }, saved);
    return [consentTool, consentCategory];
  };
  expect(read({})).toEqual([null, null]);
  expect(read({ consentTool: 'klaro', consentCategory: ' ads ' })).toEqual(['klaro', 'ads']);
  expect(read({ consentTool: 'cookiebot', consentCategory: 'ads' })).toEqual(['cookiebot', null]);
  expect(toCaptureForm({ ...saved, consentTool: 'auto' }).consentTool).toBe('auto');
});

it('an event that was seen becomes a row with the usual paths', () => {
  const keys = ['basket.total', 'basket.no', 'basket.orderId', 'basket.currencyCode'];
  expect(suggestRow('order_done', keys)).toEqual({
    name: 'order_done',
    as: '',
    paths: { value: 'basket.total', currency: 'basket.currencyCode', orderId: 'basket.orderId' },
  });
});
