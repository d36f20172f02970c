import type { PixelSettings } from '../event/pixel-settings.ts';
import type { Fields } from './browser-report.ts';
import type { ConsentManager } from './consent.ts';
import type { TrackCommand } from './own-reports.ts';
import { swallowErrors } from './swallow-errors.ts';

const hookEveryMs = 500;
const twinMs = 1_000;
/** The events that are read after one turn of the page, and the items of one event. */
const maxPending = 50;
const maxItems = 200;
const maxOrders = 20;
const ordersKey = '_cvo';

/**
 * The fields of GA4's events that are read, by Convey's names: `name`, or `name:place`. Of several places the first with a value counts.
 * @source https://developers.google.com/analytics/devguides/collection/ga4/reference/events (2026-08)
 */
const commerceFields =
  'value currency tax shipping coupon orderId:transaction_id searchTerm:search_term customerType:customer_type';
/** Items of Universal Analytics have the same names without the prefix. */
const itemFields =
  'price quantity discount id:item_id|id name:item_name|name brand:item_brand|brand category:item_category|category variant:item_variant|variant';
const propertyFields = 'payment_type shipping_tier method lead_source item_list_id item_list_name';
/** @source https://support.google.com/google-ads/answer/13262500 (2026-08), user-provided data */
const userFields = 'email:email|email_address phone:phone_number';
const userHashes = 'emailSha256:sha256_email_address phoneSha256:sha256_phone_number';
const nameFields = 'firstName:first_name lastName:last_name';
const addressFields = 'street city country state:region zip:postal_code';

/** The steps of a shop in the form of Universal Analytics, which need no name. The first that a push holds decides. */
const steps = ['purchase', 'checkout', 'add', 'detail'];

/** Returns the value at a path of names, of whatever type. */
function follow(source: unknown, path: string): unknown {
  return path.split('.').reduce((value, name) => Object(value)[name], source);
}

/** Copies the texts, numbers and booleans of known fields. Nothing is copied that the page could change or call. */
function copyFields(source: unknown, fields: string): Fields {
  const copied: Record<string, unknown> = {};
  for (const field of fields.split(' ')) {
    const [name = '', places = name] = field.split(':');
    copied[name] = places
      .split('|')
      .map((path) => follow(source, path))
      .find((value) => /^[sbn].*[gnr]$/.test(typeof value) && value !== '');
  }
  return copied;
}

/** Copies the shopper's data. A hash is used only without the plain value, because it follows the rules of one platform. */
function readUser(given: unknown): Fields {
  const { address }: Fields = Object(given);
  const [place] = [address].flat();
  const person = copyFields(given, userFields);
  return {
    ...(person.email || person.phone ? person : copyFields(given, userHashes)),
    ...copyFields(place, nameFields),
    address: copyFields(place, addressFields),
  };
}

/**
 * Reports the events that a page writes for Google's tags: to a data layer, by `gtag()`, or in the form of Universal Analytics. Each push is
 * read once, after the page's own tools. Nothing is written to the layer, and no earlier event is merged into a later one.
 */
export function watchDataLayer(commands: TrackCommand, { dataLayer }: PixelSettings, consent: ConsentManager): void {
  if (!dataLayer) return;
  const { layers, isOrderIdNeeded } = dataLayer;
  const { track } = commands;
  const events = new Map(dataLayer.events);
  /** The layers, and the entries that were read. */
  const known = new WeakSet<object>();
  const sentAt: Record<string, number> = {};
  /** What the page stated for all its events, by the command: `set` or `config`. */
  const stated: Record<string, Fields> = {};
  const pending: unknown[] = [];
  /** The names that a page reported by `convey('track')`, and those of a purchase without a number, each with the page's address; orders. */
  const own: string[] = [];
  const locate = (name: string) => name.toLowerCase() + location.href;

  commands.track = (name, given) => {
    own.push(locate(name));
    return track(name, given);
  };

  /** Returns whether the order was reported before, also by an earlier page of a shopper who granted. Remembers it. */
  const isKnownOrder = (orderId: string) => {
    const isStored = consent.state() === 'granted' && /^[\w.#-]+$/.test(orderId);
    const before = ((isStored && localStorage[ordersKey]) || '').split(' ');
    if (isStored) localStorage[ordersKey] = [orderId, ...before].slice(0, maxOrders).join(' ');
    return before.concat(own).includes(orderId) || !own.push(orderId);
  };

  const readEvent = (name: string, parameters: Fields, entry: Fields = parameters) => {
    const event = events.get(name);
    if (!event) return;
    const { as, fields, items = 'items', item = itemFields } = event;
    const recall = (key: string) => [parameters, stated.config, stated.set].find((each) => each && key in each)?.[key];
    const source = fields ? entry : parameters;
    const products = [follow(source, items) ?? []]
      .flat()
      .slice(0, maxItems)
      .map((each) => copyFields(each, item));
    const commerce = copyFields(source, fields ?? commerceFields);
    const { orderId, value, searchTerm } = commerce;
    const { id } = copyFields(parameters, 'id:event_id|eventId');
    if (own.includes(locate(as)) || own.includes(locate(name))) return;
    if (as === 'Purchase') {
      if (orderId ? isKnownOrder(String(orderId)) : !id && isOrderIdNeeded) return;
      if (!(orderId || id)) own.push(locate(name));
    }
    // One event is often written twice: in two forms, or for two containers.
    const twin = JSON.stringify([as, orderId ?? (products[0] ? products : [value, searchTerm])], ['id', 'quantity']);
    const now = Date.now();
    if (now - (sentAt[twin] ?? 0) < twinMs) return;
    sentAt[twin] = now;
    track(as, {
      ...commerce,
      currency: commerce.currency ?? recall('currency'),
      items: products,
      id,
      properties: copyFields(parameters, propertyFields),
      user: readUser(recall('user_data')),
    });
  };

  const readEntry = swallowErrors((raw: unknown) => {
    const wrapped = Object(raw);
    known.add(wrapped);
    // Tag Manager wraps what a template pushes.
    const entry = wrapped.getUntrustedUpdateValue?.() ?? wrapped;
    const [command, first, second] = Array.from(entry);
    if (command === 'event') readEvent(String(first), Object(second));
    else if (command === 'set' || command === 'config')
      stated[command] = { ...stated[command], ...Object(second ?? first), [String(first)]: second };
    else {
      const ecommerce: Fields = Object(entry.ecommerce);
      const step = steps.find((each) => ecommerce[each]);
      if (Number(follow(ecommerce, 'checkout.actionField.step')) > 1) return;
      // Elevar's names have a prefix.
      readEvent(step ? `.${step}` : String(entry.event).replace(/^dl_/, ''), { ...entry, ...ecommerce }, entry);
    }
  });

  const drain = () => pending.splice(0).forEach(readEntry);

  const hook = swallowErrors((name: string) => {
    if (consent.state() === 'denied') delete localStorage[ordersKey];
    const layer: unknown[] = Object(window)[name];
    if (known.has(layer)) return;
    pending.push(...layer.filter((entry) => !known.has(Object(entry))));
    known.add(layer);
    queueMicrotask(drain);
    const inner = layer.push;
    layer.push = function push(...entries: unknown[]) {
      const result = inner.apply(this, entries);
      if (pending.length < maxPending) pending.push(...entries);
      queueMicrotask(drain);
      return result;
    };
  });

  const look = () => layers.forEach(hook);
  look();
  setInterval(look, hookEveryMs);
}
