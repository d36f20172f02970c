import { describe, expect, it } from 'vitest';
import type { DataLayerCapture } from '../../../event/capture-settings.ts';
import { dataLayerSteps } from './data-layer-steps.ts';

const webhooks = { secrets: ['a-secret-of-the-shop'], purchaseOn: 'create' } as const;
const stripe = { id: 'pay', source: 'stripe', secrets: ['a-secret-of-stripe'] } as const;
const getState = (dataLayer: Partial<DataLayerCapture>, site: object = {}) => {
  const capture = { dataLayer: { mode: 'on', layer: ['dataLayer'], map: {}, ...dataLayer } } as const;
  return dataLayerSteps({ platform: 'custom', purchases: 'as-reported', webhooks, capture, ...site })[0]?.state;
};

describe('the step about purchases of a dataLayer', () => {
  it.each([
    ['explains why they are not read where the shop has a webhook', {}, {}, 'optional'],
    [
      'explains it for a shop with a plugin or custom pixel',
      {},
      { platform: 'shopify', webhooks: { ...webhooks, secrets: [] } },
      'optional',
    ],
    ['is a problem if the operator chose purchases', { events: ['purchase'] }, {}, 'problem'],
    ['is a problem if the operator mapped an event to them', { events: [], map: { done: { as: 'Purchase' } } }, {}, 'problem'],
    ['is absent if the operator chose other events', { events: ['view_item'] }, {}, undefined],
    ['is absent if only confirmed purchases are sent', {}, { purchases: 'confirmed' }, undefined],
    [
      'explains it for a shop whose payment service reports its orders',
      {},
      { webhooks: { ...webhooks, secrets: [] }, hooks: [stripe] },
      'optional',
    ],
    ['is absent if the shop reports no order', {}, { webhooks: { ...webhooks, secrets: [] } }, undefined],
    ['is absent if nothing is read', { mode: 'off' }, {}, undefined],
  ] as const)('%s', (_, dataLayer, site, state) => expect(getState(dataLayer, site)).toBe(state));
});
