import { type DemoRun, demoFacts, type PlatformDemo } from '../kit/demo.ts';
import type { Fields } from '../kit/fields.ts';
import { defaultSecret } from './settings.ts';

export const webhookDemo: PlatformDemo = {
  options: { secret: [defaultSecret] },
  settings: (origin) => ({ url: `${origin}/webhook/receive`, secrets: [defaultSecret] }),
  ownConnection: `the URL of the simulated platforms with /webhook/receive at its end, signing secret ${defaultSecret}`,
  expected: (run) => new Map([...expectFromServer(run), ...expectFromBrowser(run)]),
  listMatchKeys: (event) => ['email', 'phone', 'externalId', 'anonymousId'].filter((key) => key in event),
};

const { anonymousId } = demoFacts;
const customer = {
  anonymousId,
  email: '0b6542ea781224b9278a8e16ad86dace01d0e50a68d4c28ceffa991fb474861f',
  phone: 'f8a0621a89b87b16447d34d2169bdba8e3eaae523b45df87d86108ee65bd1d6f',
  externalId: 'dcf3a047f36839e9765beb629393fe2a121bd0659f6aa87be352244bfbf666f0',
};
const basket = { value: 125.4, currency: 'USD', items: [{ id: 'sku1', name: 'Wall clock', price: 62.7, quantity: 2 }] };

function expectFromServer({ id: run, startedAt }: DemoRun): readonly (readonly [string, Fields])[] {
  const expect = (index: number, name: string, person: Fields, commerce?: Fields): [string, Fields] => {
    const id = `${run}-${index}`;
    const at = Math.floor(startedAt / 1_000) + index;
    return [id, { type: `event.${name}`, id, at, source: 'server', ...person, ...(commerce && { commerce }) }];
  };
  return [
    expect(0, 'PageView', { anonymousId }),
    expect(1, 'Search', { anonymousId }, { searchTerm: 'wall clock' }),
    expect(2, 'ViewContent', { anonymousId }, { value: 62.7, currency: 'USD', items: [{ id: 'sku1' }] }),
    expect(3, 'AddToCart', { anonymousId }, basket),
    expect(4, 'Lead', customer),
    expect(5, 'SignUp', customer),
    expect(6, 'InitiateCheckout', customer, basket),
    expect(7, 'Purchase', customer, { ...basket, orderId: '1001' }),
  ];
}

function expectFromBrowser({ id: run, startedAt, visitorId }: DemoRun): readonly (readonly [string, Fields])[] {
  const expect = (index: number, name: string, commerce?: Fields): [string, Fields] => {
    const id = `${run}-browser-${index}`;
    const at = Math.floor(startedAt / 1_000) + index;
    return [id, { type: `event.${name}`, id, at, source: 'browser', anonymousId: visitorId, ...(commerce && { commerce }) }];
  };
  return [expect(0, 'PageView'), expect(1, 'AddToCart', basket)];
}
