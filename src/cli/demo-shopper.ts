/**
 * The events of a shopper who arrives from an ad, browses, leaves an address and buys: one of each standard event, as a shop's server
 * submits it. Each step has the event that Microsoft must receive according to its documentation, written by hand.
 */
export interface Step {
  readonly by: 'browser' | 'server';
  readonly submission: { readonly id: string; readonly name: string; readonly [field: string]: unknown };
  readonly expected: { readonly eventType: string; readonly eventName: string | null; readonly [field: string]: unknown };
}

/** A step of the browser. The expected event depends on the visitor id that the gateway returns. */
export interface BrowserStep {
  readonly submission: Step['submission'];
  readonly userAgent: string;
  buildExpected(visitorId: string): Step['expected'];
}

const shop = 'https://shop.example';
const agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const clock = { id: 'sku1', name: 'Wall clock', price: 62.7, quantity: 2 };

/** @param run makes the event ids of one run unique. @param startedAt UNIX milliseconds. */
export function scriptedPurchases(run: string, startedAt: number): readonly Step[] {
  const startedAtSeconds = Math.floor(startedAt / 1_000);
  const visitor = { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b', ip: '203.0.113.42', userAgent: agent, country: 'US' };
  const customer = { ...visitor, email: ' Jane.Doe+x@Example.com', phone: '+1 (425) 555-1234', externalId: 'cust-7' };
  const clickIds = { msclkid: 'DD4AFCCCB1C94A4CAD9544DD7E5006AB' };

  const known = {
    anonymousId: visitor.anonymousId,
    msclkid: 'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab',
    clientIpAddress: visitor.ip,
    clientUserAgent: agent,
  };
  const identified = {
    ...known,
    em: 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6',
    ph: 'c59475d96e9f01d7d18d06cfad84dd02333207f02c0c2c5663ef2782cda0390e',
    externalId: 'dcf3a047f36839e9765beb629393fe2a121bd0659f6aa87be352244bfbf666f0',
  };
  const basket = { value: 125.4, currency: 'usd', items: [clock] };
  const sentBasket = {
    value: 125.4,
    currency: 'USD',
    items: [{ id: 'sku1', name: 'Wall clock', price: 62.7, quantity: 2 }],
    itemIds: ['sku1'],
    ecommTotalValue: 125.4,
  };

  const step = (
    index: number,
    name: string,
    path: string,
    fields: Readonly<Record<string, unknown>>,
    eventName: string | null,
    sent: Readonly<Record<string, unknown>>,
  ): Step => {
    const id = `${run}-${index}`;
    const submission = {
      id,
      name,
      time: (startedAtSeconds + index) * 1_000,
      // No browser tag could have reported the event.
      page: { url: shop + path, browserTag: 'none' },
      user: visitor,
      clickIds,
      consent: { adStorage: 'granted', source: 'server', explicit: true },
      ...fields,
    };
    const expected = {
      eventType: eventName === null ? 'pageLoad' : 'custom',
      eventId: id,
      eventName,
      eventTime: startedAtSeconds + index,
      eventSourceUrl: shop + path,
      adStorageConsent: 'G',
      userData: known,
      ...sent,
    };
    return { by: 'server', submission, expected };
  };

  return [
    step(0, 'PageView', '/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab', { clickIds: {} }, null, {}),
    step(1, 'Search', '/search?q=wall+clock', { commerce: { searchTerm: 'wall clock' } }, 'search', {
      customData: { searchTerm: 'wall clock', pageType: 'searchresults' },
    }),
    step(2, 'ViewContent', '/p/sku1', { commerce: { value: 62.7, currency: 'USD', items: [{ id: 'sku1' }] } }, 'view_item', {
      customData: { value: 62.7, currency: 'USD', items: [{ id: 'sku1' }], itemIds: ['sku1'], pageType: 'product' },
    }),
    step(3, 'AddToCart', '/cart', { commerce: basket }, 'add_to_cart', { customData: { ...sentBasket, pageType: 'cart' } }),
    step(4, 'Lead', '/newsletter', { user: customer }, 'lead', { userData: identified }),
    step(5, 'SignUp', '/account', { user: customer }, 'sign_up', { userData: identified }),
    step(6, 'InitiateCheckout', '/checkout', { user: customer, commerce: basket }, 'begin_checkout', {
      userData: identified,
      customData: { ...sentBasket, pageType: 'cart' },
    }),
    step(7, 'Purchase', '/thanks', { user: customer, commerce: { ...basket, orderId: '1001' } }, 'purchase', {
      userData: identified,
      customData: { ...sentBasket, pageType: 'purchase', transactionId: '1001' },
    }),
  ];
}

/** Returns the browser events of the same shopper: lands from an ad, and adds a clock to the cart on another page. */
export function scriptedBrowsing(run: string, startedAt: number, origin: string): readonly BrowserStep[] {
  const startedAtSeconds = Math.floor(startedAt / 1_000);
  const loadId = '3f0c9f7e-2f0b-4c52-9a56-0d6a3f3a9b10';
  const step = (
    index: number,
    name: string,
    path: string,
    commerce: Readonly<Record<string, unknown>>,
    eventName: string | null,
    sent: Readonly<Record<string, unknown>>,
  ): BrowserStep => {
    const id = `${run}-browser-${index}`;
    const page = { url: origin + path, title: 'Demo shop', loadId, browserTag: 'blocked' };
    const consent = { adStorage: 'granted', source: 'call', explicit: true };
    return {
      submission: { id, name, time: (startedAtSeconds + index) * 1_000, page, consent, commerce },
      userAgent: agent,
      buildExpected: (visitorId) => ({
        eventType: eventName === null ? 'pageLoad' : 'custom',
        eventId: id,
        eventName,
        eventTime: startedAtSeconds + index,
        eventSourceUrl: origin + path,
        pageTitle: 'Demo shop',
        pageLoadId: loadId,
        adStorageConsent: 'G',
        userData: { anonymousId: visitorId, msclkid: 'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab', clientUserAgent: agent },
        ...sent,
      }),
    };
  };
  return [
    step(0, 'PageView', '/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab', {}, null, {}),
    step(1, 'AddToCart', '/cart', { value: 125.4, currency: 'USD', items: [clock] }, 'add_to_cart', {
      customData: {
        value: 125.4,
        currency: 'USD',
        items: [{ id: 'sku1', name: 'Wall clock', price: 62.7, quantity: 2 }],
        itemIds: ['sku1'],
        ecommTotalValue: 125.4,
        pageType: 'cart',
      },
    }),
  ];
}
