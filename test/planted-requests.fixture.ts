import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hookFields, hookItemFieldNames } from '../src/hooks/fields.ts';
import { buildShopifyHeaders, buildShopifyOrder } from '../src/ingest/webhooks/shopify.fixture.ts';
import { buildWooMeta, buildWooOrder } from '../src/ingest/webhooks/woocommerce.fixture.ts';
import { root, secretKey, writeKey } from './gateway.fixture.ts';

/** Requests of all reporters with personal data in every documented field of an event and beside them. */

export const hookSecret = 'shpss_0123456789abcdef';
const consents = ['granted', 'denied', 'missing', 'gpc'] as const;
const signals = ['none', 'identify', 'reset', 'consent'] as const;
/**
 * `segment-page` and `segment-server`: messages of a Segment SDK in a page, and on a server. `hook` and `unsigned-hook`: requests of a service
 * whose mapping takes every field.
 */
type Reporter = 'browser' | 'server' | 'shopify' | 'woocommerce' | 'segment-page' | 'segment-server' | 'hook' | 'unsigned-hook';

export interface PlantedCase {
  readonly reporter: Reporter;
  readonly consent: (typeof consents)[number];
  readonly signal: (typeof signals)[number];
  readonly visitorId: 'email' | 'phone';
}

/** A shopper whose values occur nowhere else. */
export interface PlantedPerson {
  readonly email: string;
  /** Ten digits. */
  readonly phone: string;
  /** Whether the events state the phone in `user.phone`. */
  readonly isPhoneKnown: boolean;
  readonly firstName: string;
  readonly lastName: string;
  readonly street: string;
  readonly ip: string;
  readonly agent: string;
}

/** Every reporter with every consent, and a browser with every signal. GPC is a browser's, and of a Segment SDK in a page. */
export const plantedCases: readonly PlantedCase[] = consents.flatMap((consent) => [
  ...signals.map((signal) => ({ reporter: 'browser', consent, signal, visitorId: 'email' }) as const),
  ...(consent === 'gpc'
    ? []
    : (['server', 'shopify', 'woocommerce', 'hook', 'unsigned-hook'] as const).map(
        (reporter) => ({ reporter, consent, signal: 'none', visitorId: 'email' }) as const,
      )),
  { reporter: consent === 'gpc' ? 'browser' : 'server', consent, signal: 'none', visitorId: 'phone' } as const,
  ...(['none', 'identify', 'consent'] as const).map(
    (signal) => ({ reporter: 'segment-page', consent, signal, visitorId: 'email' }) as const,
  ),
  ...(consent === 'gpc'
    ? []
    : (['none', 'identify'] as const).map(
        (signal) => ({ reporter: 'segment-server', consent, signal, visitorId: 'phone' }) as const,
      )),
]);

export function createPerson(index: number): PlantedPerson {
  const code = Array.from(String(index + 10), (digit) => 'bcdfghjkmp'[Number(digit)]).join('');
  return {
    email: `raw.${code}+x@mail-${code}.example`,
    phone: `42555${String(50_000 + index * 7)}`,
    isPhoneKnown: plantedCases[index]?.visitorId !== 'phone',
    firstName: `Fir${code}qx`,
    lastName: `Las${code}qx`,
    street: `12 Str${code}qx Lane`,
    ip: `203.0.113.${index + 1}`,
    agent: `Agent${code}qx/1.0`,
  };
}

/** Returns the paths under "Fields" of the documentation: every field that an event can have. */
function readFieldPaths(): readonly string[] {
  const text = readFileSync(`${root}docs/reference/events.md`, 'utf8');
  const [, section = ''] = /^## Fields$(.*?)^### Click ids/ms.exec(text) ?? [];
  const items = Array.from(section.matchAll(/^- ((?:`[\w.[\]]+`[,:\s]*)+)/gm), ([, names = '']) => names);
  return items.flatMap((names) => Array.from(names.matchAll(/`([\w.[\]]+)`/g), ([, path = '']) => path));
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets a value at a path such as `commerce.items[].name`. A field may have fields of its own. */
function plant(target: Fields, [step = '', ...rest]: readonly string[], value: unknown): void {
  const key = step.replace('[]', '');
  if (rest.length === 0) {
    target[key] ??= value;
    return;
  }
  const known: unknown = step === key ? target[key] : Array.isArray(target[key]) && target[key][0];
  const child = isFields(known) ? known : {};
  target[key] = step === key ? child : [child];
  plant(child, rest, value);
}

export const fieldPaths = readFieldPaths();
/** Returns the person's e-mail address, and the phone number unless the event does not state it: then it may be any number. */
export const describeContact = ({ email, phone, isPhoneKnown }: PlantedPerson) =>
  isPhoneKnown ? `${email} or (${phone.slice(0, 3)}) ${phone.slice(3, 6)}-${phone.slice(6)}` : email;
export const describeName = ({ firstName, lastName, street }: PlantedPerson) => `${firstName} ${lastName}, ${street}`;

function buildUrl(person: PlantedPerson): string {
  const [about, who] = [describeContact(person), describeName(person)].map(encodeURIComponent);
  return `https://shop.example/p/${about}?a=${about}&b=${who}&first_name=${person.firstName}&address_1=${who}&tel=${person.phone}#c=${who}`;
}

/** Returns an event with personal data in every field, in unknown keys and in keys of its properties. */
export function buildEvent(id: string, { consent, visitorId }: PlantedCase, person: PlantedPerson): Fields {
  const text = describeContact(person);
  const url = buildUrl(person);
  const event: Fields = {};
  for (const path of [...fieldPaths, ...parents.map((parent) => `${parent}unknown`)]) plant(event, path.split('.'), text);
  const { email, phone, firstName, lastName, street, ip, agent } = person;
  const isPhone = visitorId === 'phone';
  const named = `${text} ${describeName(person)}`;
  const isStated = consent === 'granted' || consent === 'denied';
  return {
    ...event,
    name: 'Lead',
    id,
    time: undefined,
    user: {
      ...{ ...fieldsOf(event.user), email, firstName, lastName, ip, userAgent: `${agent} ${text}`, country: 'DE' },
      ...{ phone: isPhone ? undefined : `+1 ${phone}`, anonymousId: isPhone ? `+1${phone}` : email },
      address: { street, zip: text, city: text },
    },
    page: { ...fieldsOf(event.page), url, referrer: url, title: named, keywords: named },
    clickIds: { msclkid: text, gclid: text, fbclid: email },
    browserIds: { _fbp: text, _uetvid: email },
    properties: {
      ...{ [email]: text, [text]: { deep: [named] }, email: 'x', firstName, dob: '1990-01-01', url },
      list: [describeName(person), { name: text }],
    },
    consent: isStated ? { adStorage: consent, explicit: true, source: 'call' } : undefined,
  };
}

const parents = ['', 'user.', 'page.', 'commerce.', 'goal.'];

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export interface PlantedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Returns the requests of a case. The first one is accepted. @param now the time of the gateway's clock */
export function buildRequests(one: PlantedCase, person: PlantedPerson, index: number, now: number): readonly PlantedRequest[] {
  const event = buildEvent(`lead-${index}`, one, person);
  switch (one.reporter) {
    case 'browser':
      return [buildBrowserRequest(one, person, event, now)];
    case 'server':
      return buildServerRequests(person, event);
    case 'segment-page':
    case 'segment-server':
      return [buildSegmentRequest(one, person, index, now)];
    case 'shopify':
      return [buildShopifyRequest(one, person, index, now)];
    case 'woocommerce':
      return [buildWooRequest(one, person, index, now)];
    case 'hook':
    case 'unsigned-hook':
      return buildHookRequests(one.reporter, person, event);
  }
}

function buildBrowserRequest(
  { signal, consent }: PlantedCase,
  person: PlantedPerson,
  event: Fields,
  now: number,
): PlantedRequest {
  const { email, phone, ip, agent } = person;
  const parts = signal === 'none' ? { events: [event] } : { events: [], signals: [{ ...event, type: signal }] };
  return {
    path: `/e?email=${encodeURIComponent(email)}`,
    headers: {
      ...{ 'user-agent': `${agent} ${email}`, 'x-forwarded-for': ip, 'x-unknown': email, referer: buildUrl(person) },
      cookie: `_fbp=${email}; _uetvid=${phone}; _fbi=${encodeURIComponent(ip)}.AQQCAQAA`,
      ...(consent === 'gpc' && { 'sec-gpc': '1' }),
    },
    body: JSON.stringify({ writeKey, sentAt: now, unknown: describeContact(person), ...parts }),
  };
}

/** Returns a request with accepted and rejected events, and one that is refused. */
function buildServerRequests(person: PlantedPerson, event: Fields): readonly PlantedRequest[] {
  const { email } = person;
  const text = describeContact(person);
  const rejected = [{ ...event, id: email }, { ...event, name: text }, { ...event, time: text }, text];
  const path = '/v1/events';
  return [
    {
      path,
      headers: { authorization: `Bearer ${secretKey}`, 'x-unknown': email },
      body: JSON.stringify({ events: [event, ...rejected], unknown: email }),
    },
    { path, headers: { authorization: `Bearer ${email}` }, body: `{"events":[{"${email}"` },
  ];
}

const segmentNames = { none: 'Lead Captured', consent: 'Segment Consent Preference Updated' } as const;

/** Returns a message with personal data in every member. */
function buildSegmentRequest(one: PlantedCase, person: PlantedPerson, index: number, now: number): PlantedRequest {
  const { reporter, signal, consent, visitorId } = one;
  const text = describeContact(person);
  const { email, phone, firstName, lastName, street, ip, agent } = person;
  const visitor = visitorId === 'phone' ? `+1${phone}` : email;
  const traits = {
    email,
    firstName,
    lastName,
    name: describeName(person),
    title: text,
    address: { street, city: text, country: 'DE' },
  };
  const properties = {
    email,
    [text]: text,
    list: [describeName(person)],
    name: text,
    category: text,
    coupon: text,
    url: buildUrl(person),
  };
  const message = {
    ...{ messageId: `lead-${index}`, anonymousId: visitor, userId: text, unknown: text, writeKey: undefined },
    ...(signal === 'identify'
      ? { type: 'identify', traits }
      : { type: 'track', event: segmentNames[signal === 'none' ? signal : 'consent'] }),
    ...{ properties, sentAt: new Date(now).toISOString() },
    context: {
      ...{ ip, userAgent: `${agent} ${text}`, campaign: { source: text, name: text }, library: { name: text } },
      traits: visitorId === 'phone' ? traits : { ...traits, phone: `+1 ${phone}` },
      page: { url: buildUrl(person), referrer: buildUrl(person), title: text, search: `?email=${encodeURIComponent(text)}` },
      ...((consent === 'granted' || consent === 'denied') && {
        consent: { categoryPreferences: { Advertising: consent === 'granted', [text]: true } },
      }),
    },
  };
  const key = reporter === 'segment-server' ? secretKey : writeKey;
  return {
    path: `/v1/batch?email=${encodeURIComponent(email)}`,
    headers: {
      ...{
        authorization: `Basic ${Buffer.from(`${key}:${email}`).toString('base64')}`,
        'x-unknown': email,
        'x-forwarded-for': ip,
      },
      ...(reporter === 'segment-page' && {
        ...{ origin: 'https://shop.example', 'user-agent': `${agent} ${email}`, referer: buildUrl(person) },
        ...(consent === 'gpc' && { 'sec-gpc': '1' }),
      }),
    },
    body: JSON.stringify({ batch: [message], context: { unknown: text }, unknown: text }),
  };
}

/** Returns the country of a customer, by whose law an order without a choice counts as granted or not. */
function toCountry(consent: PlantedCase['consent']): string {
  return consent === 'granted' ? 'US' : 'DE';
}

function buildShopifyRequest({ consent }: PlantedCase, person: PlantedPerson, index: number, now: number): PlantedRequest {
  const text = describeContact(person);
  const { email, firstName: first_name, lastName: last_name, street: address1, ip: browser_ip, agent } = person;
  const phone = `+1${person.phone}`;
  const address = {
    phone,
    first_name,
    last_name,
    name: describeName(person),
    address1,
    company: text,
    country_code: toCountry(consent),
  };
  const item = { id: 1, product_id: 7, title: text, variant_title: text, vendor: text, sku: text, quantity: 1, price: '1.00' };
  const body = JSON.stringify(
    buildShopifyOrder({
      ...{ id: 5_000_000 + index, checkout_token: `c${index}`.padStart(32, '5'), created_at: new Date(now).toISOString() },
      ...{ email, contact_email: email, phone, browser_ip, client_details: { user_agent: `${agent} ${email}` } },
      ...{ name: text, note: text, tags: text, source_name: text, discount_codes: [{ code: text }], unknown: text },
      ...{ landing_site: buildUrl(person).slice('https://shop.example'.length), referring_site: buildUrl(person) },
      ...{ billing_address: address, shipping_address: address, line_items: [item] },
      customer: { id: index, email, phone, first_name, last_name, tags: text, note: text },
      note_attributes: [
        { name: '_convey_visitor', value: consent === 'denied' ? consent : email },
        { name: text, value: text },
      ],
    }),
  );
  return {
    path: '/hooks/shopify/on-shopify',
    headers: buildShopifyHeaders(body, 'orders/create', hookSecret, `w-${index}`),
    body,
  };
}

function buildWooRequest({ consent }: PlantedCase, person: PlantedPerson, index: number, now: number): PlantedRequest {
  const text = describeContact(person);
  const { email, firstName: first_name, lastName: last_name, street: address_1, ip: customer_ip_address, agent } = person;
  const at = new Date(now).toISOString().slice(0, 19);
  const item = { id: 1, name: text, parent_name: text, sku: text, product_id: 4, quantity: 1, subtotal: '1', total: '1' };
  const phone = `+1${person.phone}`;
  const body = JSON.stringify(
    buildWooOrder({
      ...{
        id: 9_000 + index,
        order_key: `wc_order_Key${index}xYz`,
        date_created_gmt: at,
        date_paid_gmt: at,
        date_modified_gmt: at,
      },
      ...{ customer_ip_address, customer_user_agent: `${agent} ${email}`, customer_note: text, unknown: text },
      ...{ coupon_lines: [{ code: text }], line_items: [item] },
      billing: { email, phone, first_name, last_name, address_1, company: text, city: text, country: toCountry(consent) },
      meta_data: [
        buildWooMeta('_convey_visitor', consent === 'denied' ? consent : email),
        buildWooMeta('_wc_order_attribution_session_entry', buildUrl(person)),
        buildWooMeta('_wc_order_attribution_referrer', buildUrl(person)),
        buildWooMeta(text, text),
      ],
    }),
  );
  const headers = {
    'content-type': 'application/json',
    'x-wc-webhook-topic': 'order.created',
    'x-wc-webhook-signature': createHmac('sha256', hookSecret).update(body).digest('base64'),
  };
  return { path: '/hooks/woocommerce/on-woo', headers, body };
}

const hookToken = 'a long token of a service';

const plantedMapping = [
  {
    when: [{ at: '/type', in: ['lead'] }],
    fields: {
      ...Object.fromEntries(hookFields.map(({ name }) => [name, `/event/${name.replaceAll('.', '/')}`])),
      ...{ name: { const: 'Lead' }, 'clickIds.msclkid': '/event/clickIds/msclkid', 'browserIds._fbp': '/event/browserIds/_fbp' },
      ...{ 'properties.note': '/event/page/title', 'properties.email': { at: '/event/user/email', prefix: 'mail ' } },
    },
    items: {
      at: '/event/commerce/items',
      fields: Object.fromEntries(hookItemFieldNames.map((name) => [name, `/${name}`])),
    },
  },
];

/** The hooks of the site that the requests of `hook` and `unsigned-hook` reach. */
export const plantedHooks = [
  {
    ...{ id: 'hook', source: 'custom', secrets: [hookSecret], events: plantedMapping },
    signature: { scheme: 'hmac-sha256', header: 'X-Signature' },
  },
  {
    ...{ id: 'unsigned-hook', source: 'custom', secrets: [hookToken], events: plantedMapping },
    signature: { scheme: 'header-token', header: 'X-Token' },
  },
];

/** Returns a request that is mapped, one that no event fits, one whose event is rejected, and one with a wrong proof. */
function buildHookRequests(hook: 'hook' | 'unsigned-hook', person: PlantedPerson, event: Fields): readonly PlantedRequest[] {
  const { email } = person;
  const text = describeContact(person);
  const sign = (value: Fields, key = hook === 'hook' ? hookSecret : hookToken): PlantedRequest => {
    const body = JSON.stringify(value);
    const proof = hook === 'hook' ? { 'x-signature': createHmac('sha256', key).update(body).digest('hex') } : { 'x-token': key };
    const path = `/hooks/custom/shop/${hook}?email=${encodeURIComponent(email)}`;
    return { path, headers: { ...proof, 'x-unknown': email, referer: buildUrl(person) }, body };
  };
  const whole = { type: 'lead', [text]: text, event: { ...event, [email]: describeName(person) } };
  return [
    sign(whole),
    sign({ ...whole, type: text }),
    sign({ ...whole, event: { ...event, time: text } }),
    sign(whole, `${email} ${email}`),
  ];
}

/** Returns the values of the people that occur in a text, in any spelling that is planted. Addresses and agents are no such values. */
export function findPlanted(text: string, people: readonly PlantedPerson[]): readonly string[] {
  const lower = text.toLowerCase();
  return people.flatMap(({ email, phone, firstName, lastName, street }) => {
    const [, road = street] = street.split(' ');
    const values = [email, encodeURIComponent(email), phone, `${phone.slice(3, 6)}-${phone.slice(6)}`, firstName, lastName, road];
    return values.filter((value) => lower.includes(value.toLowerCase()));
  });
}
