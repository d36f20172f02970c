import { describe, expect, it } from 'vitest';
import type { ReportSource } from '../../../event/event.ts';
import type { EventGroup } from '../../../storage/ports/site-activity.ts';
import { type ObservedPurchases, purchaseSteps } from './purchase-steps.ts';

const at = 1_795_514_400_000;
const seen = (...reporters: ReportSource[]): EventGroup => ({
  name: 'Purchase',
  reporters,
  consent: { stated: 'granted', effective: 'granted' },
  keys: [],
  events: 3,
  first: at - 1_000,
  last: at,
});
const webhooks = (...secrets: string[]) => ({ secrets, purchaseOn: 'create' }) as const;

function getStep(id: string, of: Partial<ObservedPurchases>) {
  const site = { purchases: 'as-reported', webhooks: webhooks() } as const;
  const step = purchaseSteps({ site, observed: [], browserIds: [], segmentIds: [], ...of }).find((one) => one.id === id);
  if (!step) throw new Error(`there is no step ${id}`);
  return step;
}

describe('the step that recommends confirmed purchases', () => {
  const confirmed = { purchases: 'confirmed', webhooks: webhooks() } as const;
  it.each<[string, Partial<ObservedPurchases>, string, string]>([
    ['a server reports purchases', { observed: [seen('server')] }, 'optional', 'set `purchases` to `confirmed`'],
    [
      'a webhook secret is set',
      { site: { purchases: 'as-reported', webhooks: webhooks('what-it-signs-with') } },
      'optional',
      'set `purchases` to `confirmed`',
    ],
    ['browsers alone report purchases', { observed: [seen('browser')] }, 'optional', 'Report the orders from the shop, too'],
    ['it is set and the shop reports', { site: confirmed, observed: [seen('browser', 'webhook')] }, 'done', '`confirmed`'],
    [
      'it is set and the shop reports nothing',
      { site: confirmed, observed: [seen('browser')] },
      'problem',
      'No purchase is sent',
    ],
    ['it is set and nothing came', { site: confirmed }, 'optional', '`confirmed`'],
  ])('%s', (_, of, state, message) => {
    const step = getStep('purchases-confirmed', of);
    expect(step.state).toBe(state);
    expect(step.says).toContain(message);
  });
});

describe('the step that warns of ids that can be guessed', () => {
  const ids = ['purchase-1001', 'purchase-1002', 'purchase-1003', 'purchase-1005', 'purchase-1006'];
  it.each<[string, Partial<ObservedPurchases>, string]>([
    ['ids that count up', { observed: [seen('browser')], browserIds: ids }, 'problem'],
    ['other ids', { observed: [seen('browser')], browserIds: ids.map((id, index) => `${id}-${index}f3a`) }, 'done'],
    ['two ids that count up', { observed: [seen('browser')], browserIds: ids.slice(0, 2) }, 'problem'],
    ['too few ids to judge', { observed: [seen('browser')], browserIds: ['9f3a-1', '17bc-8'] }, 'waiting'],
    ['no purchase of a browser', { observed: [seen('server')] }, 'optional'],
    ["a Segment SDK's ids that count up, on a server too", { observed: [seen('server')], segmentIds: ids }, 'problem'],
    ["a Segment SDK's other ids", { observed: [seen('server')], segmentIds: ids.map((id, n) => `${id}-${n}f3a`) }, 'optional'],
    [
      "a Segment SDK's ids that count up, where purchases are confirmed",
      { site: { purchases: 'confirmed', webhooks: webhooks() }, segmentIds: ids },
      'optional',
    ],
  ])('%s', (_, of, state) => {
    expect(getStep('purchase-ids', of).state).toBe(state);
  });
});

it('the advice for ids of Segment names its setting and `confirmed`', () => {
  const step = getStep('purchase-ids', { segmentIds: ['purchase-1001', 'purchase-1002'] });
  expect(step).toMatchObject({ guide: 'guides/segment', says: expect.stringMatching(/`checkout_id`.*`confirmed`/) });
});
