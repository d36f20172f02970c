import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { type Outcome, type PluginScenario, startWordPress } from './wordpress.fixture.ts';

const visitor = 'b171a9b06ce011ecafcd1b209be8601b';
const settings = { pixel: 'https://data.shop.example/p.js', write_key: 'wk_shop_example', after_a_yes: '', once_paid: '' };
const options = { convey_settings: settings };
const clock = { id: 42, parent: 41, sku: 'CLOCK-OAK', name: 'Wall clock - Oak', price: 52.25 };
/** Builds the event id: `purchase-`, the order's id, and 16 digits of the SHA-256 of its key. */
const purchaseId = 'purchase-1001-a57b5892d593655d';
const order = {
  id: 1001,
  key: 'wc_order_Ab3',
  total: '125.40',
  email: 'Jane.Doe+x@Example.com',
  phone: '(425) 555-1234',
  lines: [{ product: clock, quantity: 2, total: 104.5 }],
};

let wordpress: Awaited<ReturnType<typeof startWordPress>>;
beforeAll(async () => {
  wordpress = await startWordPress();
});
afterAll(() => wordpress.end());

const play = (scene: PluginScenario) => wordpress.play({ options, ...scene });
const thankYou = (changes: PluginScenario = {}) =>
  play({ order, query: { key: 'wc_order_Ab3' }, do: [['woocommerce_thankyou', 1001]], ...changes });

/** Returns the scripts of a page as a browser parses them: up to the first end tag. */
const extractScripts = (html: string) => [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = '']) => script);

interface Element {
  readonly src?: string;
}

/** Runs a page's scripts with minimal globals. Returns the calls of `convey` and the loaded URLs. */
function run(html: string, { cookie = '', press = [] as readonly unknown[] } = {}) {
  const calls: unknown[][] = [];
  const loaded: (string | undefined)[] = [];
  const listeners = new Map<string, (event: unknown) => void>();
  const document = {
    cookie,
    createElement: (): Element => ({}),
    head: { appendChild: ({ src }: Element) => loaded.push(src) },
    addEventListener: (type: string, listener: (event: unknown) => void) => listeners.set(type, listener),
  };
  const convey = (...args: unknown[]) => void calls.push(args);
  for (const script of extractScripts(html)) runInNewContext(script, { document, convey, window: { convey } });
  for (const event of press) listeners.get(String(Object(event).type))?.(event);
  // Values of another realm are compared by their content.
  const reported: unknown = JSON.parse(JSON.stringify(calls));
  return { reported, loaded };
}

describe('the pixel', () => {
  it('is loaded from the configured URL, with the write key', async () => {
    const { html } = await play({ do: [['wp_head']] });
    expect(run(html)).toEqual({ reported: [], loaded: ['https://data.shop.example/p.js?k=wk_shop_example'] });
  });

  it.each(['admin', 'feed', 'preview'])('is absent from a page of the kind %s', async (kind) => {
    expect((await play({ is: [kind], do: [['wp_head'], ['wp_footer']] })).html).toBe('');
  });

  it('is absent while WooCommerce is inactive', async () => {
    expect((await play({ alone: true, do: [['wp_head'], ['wp_footer']] })).html).toBe('');
  });

  it('is absent before it is configured', async () => {
    for (const options of [{}, { convey_settings: { ...settings, write_key: '' } }, { convey_settings: 'broken' }])
      expect((await thankYou({ options, do: [['wp_head'], ['wp_footer'], ['woocommerce_thankyou', 1001]] })).html).toBe('');
  });

  it('reads the choice of a consent plugin, now and later, and no default', async () => {
    const { html } = await play({ consentApi: true, do: [['wp_head']] });
    const granted = ['consent', { adStorage: 'granted' }];
    const denied = ['consent', { adStorage: 'denied' }];
    const change = (marketing: string) => ({ type: 'wp_listen_for_consent_change', detail: { marketing } });
    expect(run(html).reported).toEqual([]);
    expect(run(html, { cookie: 'a=1; wp_consent_marketing=allow' }).reported).toEqual([granted]);
    expect(run(html, { cookie: 'wp_consent_marketing=deny; xwp_consent_marketing=allow' }).reported).toEqual([denied]);
    expect(run(html, { cookie: 'wp_consent_marketing=' }).reported).toEqual([]);
    expect(
      run(html, { press: [change('allow'), change('allow'), change('deny'), { type: 'wp_listen_for_consent_change' }] }),
    ).toEqual({
      reported: [granted, denied],
      loaded: [expect.any(String)],
    });
  });

  it('is loaded only after consent if so configured, and never without a consent plugin', async () => {
    const options = { convey_settings: { ...settings, after_a_yes: '1' } };
    const { html } = await play({ options, consentApi: true, do: [['wp_head']] });
    expect(run(html).loaded).toEqual([]);
    expect(run(html, { cookie: 'wp_consent_marketing=deny' }).loaded).toEqual([]);
    expect(run(html, { cookie: 'wp_consent_marketing=allow' }).loaded).toHaveLength(1);
    expect(run((await play({ options, do: [['wp_head']] })).html, { cookie: 'wp_consent_marketing=allow' }).loaded).toEqual([]);
  });
});

describe('a cacheable page', () => {
  it('is the same for every shopper', async () => {
    const pages: PluginScenario = { consentApi: true, is: ['product'], product: clock, do: [['wp_head'], ['wp_footer']] };
    const someone = { cookies: { _cv_id: visitor, wp_consent_marketing: 'allow' }, server: { HTTP_SEC_GPC: '1' } };
    expect((await play({ ...pages, ...someone })).html).toBe((await play(pages)).html);
  });

  it('reports the product that it shows, and the cart when the button is pressed', async () => {
    const { html } = await play({ is: ['product'], product: { ...clock, parent: undefined }, do: [['wp_footer']] });
    const item = { id: '42', productId: '42', sku: 'CLOCK-OAK', name: 'Wall clock - Oak', price: 52.25 };
    const form = (elements: object) => ({
      type: 'submit',
      target: { matches: (what: string) => what === 'form.cart', elements },
    });
    const button = { dataset: { product_id: '43', product_sku: 'CLOCK-ASH', quantity: '2' } };
    const press = [
      form({ quantity: { value: '3' } }),
      form({ variation_id: { value: '44' } }),
      { type: 'submit', target: { matches: () => false } },
      { type: 'click', target: { closest: () => button } },
      { type: 'click', target: { closest: () => null } },
    ];
    expect(run(html, { press }).reported).toEqual([
      ['track', 'ViewContent', { value: 52.25, currency: 'USD', items: [{ ...item, quantity: 1 }] }],
      ['track', 'AddToCart', { value: 156.75, currency: 'USD', items: [{ ...item, quantity: 3 }] }],
      // The variation's price differs and is unknown on this page.
      ['track', 'AddToCart', { items: [{ id: '44', productId: '42', variantId: '44', name: item.name, quantity: 1 }] }],
      ['track', 'AddToCart', { items: [{ id: '43', productId: '43', sku: 'CLOCK-ASH', quantity: 2 }] }],
    ]);
  });

  it('cannot be broken by what a product is called', async () => {
    const name = `</script><script>alert(1)</script><!--<script> "'\\ %s &amp; \u2028`;
    const { html } = await play({ is: ['product'], product: { ...clock, name, sku: '<!--' }, do: [['wp_footer']] });
    expect(html.match(/<\/?script|<!--/gi)).toEqual(['<script', '</script', '<script', '</script']);
    expect(JSON.stringify(run(html).reported)).toContain(JSON.stringify(name));
  });
});

describe('the checkout page', () => {
  const cart = [{ product: clock, quantity: 2, line_total: 104.5 }];

  it('reports the checkout once per content of the cart', async () => {
    const page: PluginScenario = { is: ['checkout'], cart, do: [['wp_footer']] };
    const first = await play(page);
    const item = {
      id: '42',
      productId: '41',
      variantId: '42',
      sku: 'CLOCK-OAK',
      name: 'Wall clock - Oak',
      price: 52.25,
      quantity: 2,
    };
    const checkoutId = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(run(first.html).reported).toEqual([
      ['track', 'InitiateCheckout', { value: 104.5, currency: 'USD', items: [item], checkoutId }],
    ]);
    expect(run((await play({ ...page, session: first.session })).html).reported).toEqual([]);
    const more = { ...page, session: first.session, cart: [...cart, ...cart] };
    expect(run((await play(more)).html).reported).toHaveLength(1);
  });

  it('reports no checkout with an empty cart or on the order page', async () => {
    for (const scene of [{ is: ['checkout'] }, { is: ['checkout', 'endpoint'], cart }])
      expect(run((await play({ ...scene, do: [['wp_footer']] })).html).reported).toEqual([]);
  });
});

describe.each(['woocommerce_checkout_create_order', 'woocommerce_store_api_checkout_update_order_from_request'])(
  'at %s',
  (hook) => {
    const notes = async (scene: PluginScenario) => (await play({ order, do: [[hook, '@order']], ...scene })).meta._convey_visitor;

    it('the order notes who its visitor is, by the cookie that a script cannot read', async () => {
      expect(await notes({ cookies: { _cv_id: visitor } })).toBe(visitor);
      expect(await notes({ cookies: { _cv_id: visitor, wp_consent_marketing: 'allow' }, consentApi: true })).toBe(visitor);
    });

    it("the order notes the customer's roles and number of orders, which rules test", async () => {
      const getFacts = async (scene: PluginScenario) => {
        const { meta } = await play({ order, do: [[hook, '@order']], ...scene });
        return [meta._convey_tags, meta._convey_order_count, meta._convey_subscription];
      };
      const email = order.email;
      const paid = [
        [email, 'completed'],
        [email, 'on-hold'],
        [email, 'failed'],
        ['other@shop.example', 'completed'],
      ] as const;
      expect(await getFacts({})).toEqual([undefined, '1', undefined]);
      expect(await getFacts({ earlier: paid })).toEqual([undefined, '3', undefined]);
      const wholesaler = { order: { ...order, customer: 7 }, roles: ['customer', 'wholesale_customer', 'b2b'] };
      expect(await getFacts({ ...wholesaler, earlier: [[7, 'processing']] })).toEqual(['wholesale_customer,b2b', '2', undefined]);
      expect(await getFacts({ subscribes: true })).toEqual([undefined, '1', 'first']);
      const stale = { _convey_tags: 'old', _convey_subscription: 'first', _convey_order_count: '4' };
      expect(await getFacts({ order: { ...order, email: '', meta: stale } })).toEqual([undefined, undefined, undefined]);
    });

    it.each(['', 'b171', `${visitor}0`, "' OR 1=1 --", '<script>'])(
      'the order notes nothing of the cookie %j',
      async (_cv_id) => {
        expect(await notes({ cookies: { _cv_id } })).toBeUndefined();
      },
    );

    it('the order notes nothing of cookies that are lists', async () => {
      const cookies = { _cv_id: [visitor], wp_consent_marketing: ['deny'] };
      expect(await notes({ cookies, consentApi: true })).toBeUndefined();
    });

    it('the order notes that the shopper denied, to the consent plugin or by Global Privacy Control', async () => {
      const gpc = { server: { HTTP_SEC_GPC: '1' } };
      expect(await notes({ cookies: { _cv_id: visitor, wp_consent_marketing: 'deny' }, consentApi: true })).toBe('denied');
      expect(await notes(gpc)).toBe('denied');
      // An explicit consent overrides the browser's GPC signal.
      expect(await notes({ ...gpc, cookies: { _cv_id: visitor } })).toBe(visitor);
      expect(await notes({ ...gpc, cookies: { wp_consent_marketing: 'allow' }, consentApi: true })).toBeUndefined();
    });

    it('the order does not take the cookie as consent if the pixel waits for consent', async () => {
      const strict: PluginScenario = { options: { convey_settings: { ...settings, after_a_yes: '1' } }, consentApi: true };
      expect(await notes({ ...strict, cookies: { _cv_id: visitor } })).toBeUndefined();
      expect(await notes({ ...strict, cookies: { _cv_id: visitor, wp_consent_marketing: 'allow' } })).toBe(visitor);
    });

    it('the order does not take silence as a denial, and a second attempt updates it', async () => {
      expect(await notes({ consentApi: true })).toBeUndefined();
      expect(await notes({ cookies: { wp_consent_marketing: 'deny' } })).toBeUndefined();
      expect(await notes({ order: { ...order, meta: { _convey_visitor: visitor } } })).toBeUndefined();
    });
  },
);

test('each checkout has its own id, on its pages and its order', async () => {
  const cart = [{ product: clock, quantity: 2, line_total: 104.5 }];
  const page = await play({ is: ['checkout'], cart, do: [['wp_footer']] });
  const { convey_checkout_id: id } = page.session;
  expect(JSON.stringify(run(page.html).reported)).toContain(`"checkoutId":"${id}"`);
  const placed = await play({ order, session: page.session, do: [['woocommerce_checkout_create_order', '@order']] });
  expect(placed.meta._convey_checkout).toBe(id);
  const thanked = await thankYou({ order: { ...order, meta: placed.meta }, session: page.session });
  expect(run(thanked.html).reported).toEqual([['track', 'Purchase', expect.objectContaining({ checkoutId: id })]]);
  const next = await play({ is: ['checkout'], cart, session: thanked.session, do: [['wp_footer']] });
  expect(next.session.convey_checkout_id).toMatch(/^[0-9a-f]{32}$/);
  expect(next.session.convey_checkout_id).not.toBe(id);
  expect(run(next.html).reported).toHaveLength(1);
});

describe('the thank-you page', () => {
  const silent = async (scene: PluginScenario) => {
    const { html, saved } = await thankYou(scene);
    expect([html, saved]).toEqual(['', 0]);
  };
  const purchase = {
    id: purchaseId,
    orderId: '1001',
    value: 125.4,
    currency: 'USD',
    items: [
      { id: '42', productId: '41', variantId: '42', sku: 'CLOCK-OAK', name: 'Wall clock - Oak', price: 52.25, quantity: 2 },
    ],
    user: { email: 'Jane.Doe+x@Example.com', phone: '(425) 555-1234' },
  };

  it('reports the purchase with the id of the webhook', async () => {
    expect(run((await thankYou()).html).reported).toEqual([['track', 'Purchase', purchase]]);
  });

  it('reports nothing when it is opened again in any browser', async () => {
    const { meta, saved } = await thankYou();
    expect(saved).toBe(1);
    await silent({ order: { ...order, meta } });
  });

  it('reports nothing without the key of the order', async () => {
    for (const query of [{}, { key: '' }, { key: 'wc_order_other' }, { key: ['wc_order_Ab3'] }]) await silent({ query });
    await silent({ do: [['woocommerce_thankyou', 1002]] });
  });

  it('reports again if the pixel was still waiting for consent', async () => {
    const strict: PluginScenario = { options: { convey_settings: { ...settings, after_a_yes: '1' } }, consentApi: true };
    expect((await thankYou(strict)).meta).not.toHaveProperty('_convey_told');
    expect((await thankYou({ ...strict, cookies: { wp_consent_marketing: 'allow' } })).meta).toHaveProperty('_convey_told');
  });

  it.each(['failed', 'cancelled', 'refunded', 'pending'])('reports nothing for an order that is %s', async (status) => {
    await silent({ order: { ...order, status } });
  });

  it('skips an order that awaits payment, if so configured', async () => {
    const onHold = { order: { ...order, status: 'on-hold' } };
    const options = { convey_settings: { ...settings, once_paid: '1' } };
    await silent({ ...onHold, options });
    expect(run((await thankYou(onHold)).html).reported).toHaveLength(1);
    expect(run((await thankYou({ options })).html).reported).toHaveLength(1);
  });

  it('accepts an order with almost every field missing', async () => {
    const bare = { id: 1001, key: 'wc_order_Ab3', lines: [{ quantity: 1, total: 5 }] };
    expect(run((await thankYou({ order: bare })).html).reported).toEqual([
      ['track', 'Purchase', { id: purchaseId, orderId: '1001', value: 0, currency: 'USD', items: [], user: {} }],
    ]);
  });

  it('cannot be broken by what a shopper typed', async () => {
    const email = `"</script><img src=x onerror=alert(1)>"@example.com`;
    const { html } = await thankYou({ order: { ...order, email, phone: `'-alert(1)-'` } });
    expect(html.match(/<[a-z/!]/gi)).toEqual(['<s', '</']);
    expect(run(html).reported).toEqual([['track', 'Purchase', { ...purchase, user: { email, phone: `'-alert(1)-'` } }]]);
  });
});

describe('the settings', () => {
  const typed = (changes: object): Promise<Outcome> => play({ do: [['admin_init']], typed: { ...settings, ...changes } });

  it('are stored as typed if they are valid', async () => {
    const validForm = { pixel: ' https://shop.example/m/v.js ', write_key: ' wk_other_shop ', once_paid: 'on', more: 'x' };
    expect(await typed(validForm)).toMatchObject({
      settings: { pixel: 'https://shop.example/m/v.js', write_key: 'wk_other_shop', after_a_yes: '', once_paid: '1' },
      errors: [],
    });
    expect((await typed(validForm)).settings).not.toHaveProperty('more');
  });

  it.each([
    '',
    'data.shop.example',
    'https://data.shop.example',
    'https://data.shop.example/',
    'javascript:alert(1)',
    '//x/p.js',
    'data.shop.example/p.js',
    'https://s.example/p.js?k=1',
    'https://s.example/p.js#x',
    ['x'],
  ])("keep the pixel's URL instead of %j, and report why without the value", async (pixel) => {
    const { settings: saved, errors } = await typed({ pixel });
    expect(saved).toMatchObject({ pixel: settings.pixel });
    expect(errors).toEqual([
      ['pixel', 'The pixel URL is not complete. Copy it from your gateway, such as https://data.shop.example/p.js.'],
    ]);
  });

  it.each(['', 'wk_', 'sk_0123456789abcdef', 'wk_shop_example"><script>', 'wk_shop_example\n.', ['x']])(
    'keep the write key instead of %j, and report why without the value',
    async (write_key) => {
      const { settings: saved, errors } = await typed({ write_key });
      expect(saved).toMatchObject({ write_key: settings.write_key });
      expect(errors).toEqual([
        ['write_key', expect.stringMatching(/^The write key is not valid\. Copy the key that begins with wk_/)],
      ]);
    },
  );

  it('can be changed by shop managers only', async () => {
    const page: PluginScenario = { do: [['admin_menu']], show: 'convey' };
    expect(await play(page)).toMatchObject({
      html: '',
      pages: { convey: 'manage_woocommerce' },
      capability: 'manage_woocommerce',
    });
    expect((await play({ ...page, can: ['manage_woocommerce'] })).html).toContain('name="option_page" value="convey"');
  });

  it('are shown escaped', async () => {
    const options = { convey_settings: { ...settings, pixel: '"><script>alert(1)</script>', once_paid: '1' } };
    const { html } = await play({ options, do: [['admin_menu']], show: 'convey', can: ['manage_woocommerce'] });
    expect(html).not.toContain('<script');
    expect(html).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
    expect(html.match(/checked/g)).toHaveLength(2);
  });
});

test("WooCommerce's tool for a person's data takes the visitor off the orders", async () => {
  expect((await play({})).erased).toEqual({
    _other: 'text',
    _convey_visitor: 'text',
    _convey_checkout: 'text',
    _convey_tags: 'text',
    _convey_order_count: 'text',
  });
});
