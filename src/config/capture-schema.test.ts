import { describe, expect, it } from 'vitest';
import { findProblems, readValidConfig, site } from './config.fixture.ts';

const read = (dataLayer: object) => readValidConfig({ sites: [{ ...site, capture: { dataLayer } }] }).sites[0]?.capture;
const problems = (dataLayer: object) => findProblems({ sites: [{ ...site, capture: { dataLayer } }] });

describe('capture.dataLayer', () => {
  it('is off, and reads the layer of Google, unless the operator chooses', () => {
    expect(readValidConfig({ sites: [site] }).sites[0]).not.toHaveProperty('capture');
    expect(read({})).toEqual({ dataLayer: { mode: 'off', layer: ['dataLayer'], map: {} } });
  });

  it('has the chosen layers, events and mappings', () => {
    const map = {
      order_done: {
        as: 'purchase',
        value: 'basket.total',
        orderId: 'basket.no',
        items: 'basket.lines',
        item: { id: 'sku', name: 'label' },
      },
      seen: { as: 'Product_Seen' },
    };
    expect(read({ mode: 'on', layer: ['dataLayer', 'shopLayer'], events: ['purchase'], map })).toEqual({
      dataLayer: {
        mode: 'on',
        layer: ['dataLayer', 'shopLayer'],
        events: ['purchase'],
        map: { order_done: { ...map.order_done, as: 'Purchase' }, seen: { as: 'Product_Seen' } },
      },
    });
  });

  it.each([
    ['mode', { mode: 'maybe' }],
    ['layer', { layer: 'window.dataLayer' }],
    ['layer', { layer: [] }],
    ['layer', { layer: ['a', 'b', 'c', 'd', 'e'] }],
    ['events[0]', { events: ['refund'] }],
    ['map.x.as', { map: { x: { as: 'Refund' } } }],
    ['map.x.as', { map: { x: { as: 'order_cancelled' } } }],
    ['map.x.as', { map: { x: { as: 'a name' } } }],
    ['map.x.value', { map: { x: { as: 'Lead', value: 'a.b.c.d.e.f.g' } } }],
    ['map.x.value', { map: { x: { as: 'Lead', value: 'a:b' } } }],
    ['map', { map: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`event${n}`, { as: 'Lead' }])) }],
  ])('has a rule for %s: %j', (path, dataLayer) => {
    expect(problems(dataLayer)).toEqual([
      { path: `sites[0].capture.dataLayer.${path}`, message: expect.stringMatching(/^Must /) },
    ]);
  });
});

describe('capture.consentTool', () => {
  const readAll = (capture: object) => readValidConfig({ sites: [{ ...site, capture }] }).sites[0]?.capture;

  it('names a tool, and the category of a tool that needs one', () => {
    expect(readAll({ consentTool: 'auto' })).toMatchObject({ consentTool: 'auto', dataLayer: { mode: 'off' } });
    const chosen = { consentTool: 'didomi', consentCategory: 'c:shop-ads' };
    expect(readAll(chosen)).toMatchObject(chosen);
  });

  it.each([
    ['consentTool', { consentTool: 'Cookiebot' }],
    ['consentCategory', { consentTool: 'klaro', consentCategory: '</script>' }],
    ['consentCategory', { consentTool: 'cookiebot', consentCategory: 'ads' }],
    ['consentCategory', { consentTool: 'auto', consentCategory: 'ads' }],
    ['consentCategory', { consentCategory: 'ads' }],
  ])('has a rule for %s: %j', (path, capture) => {
    expect(findProblems({ sites: [{ ...site, capture }] })).toEqual([
      { path: `sites[0].capture.${path}`, message: expect.stringMatching(/^Must /) },
    ]);
  });
});
