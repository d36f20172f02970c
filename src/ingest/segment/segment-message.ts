import { normalizeEventName } from '../../event/event-names.ts';
import { getObject, getText, type Json, omitUndefined } from '../../hooks/json-fields.ts';
import { isObject } from '../../net/parse-json.ts';
import { findUrlClickIds } from '../../visitors/click-ids.ts';
import { readCommerceEvent } from './commerce-events.ts';
import { isConsentTrack, readSegmentConsent } from './segment-consent.ts';

/**
 * Translates messages of Segment's protocol to submissions of Convey.
 * @source https://segment.com/docs/connections/spec/ (2025-11), and recorded requests of the SDKs that the guide names (2026-11)
 */

/** The settings of a site for messages of Segment's protocol. */
export interface MessageRules {
  /** The order's number that a purchase has in its id. `checkout_id`: the checkout's, else the order's. */
  readonly purchaseId: 'checkout_id' | 'order_id';
  readonly adConsentCategories: readonly string[];
}

/** The parts of a request that its messages share. */
export interface MessageFrame {
  /** The type that the path names, for a message without one. */
  readonly type?: string | undefined;
  /** The `context` and `integrations` of a batch, which each message may replace. */
  readonly context: Json;
  readonly integrations: Json;
  /** When the request was sent, for a message that does not say so. */
  readonly sentAt?: unknown;
  readonly anonymousId?: string | undefined;
  /** The origin of the page, against which a relative address is resolved. */
  readonly origin?: string | undefined;
  /** Whether the message may state the shopper's address and agent: its key is secret. */
  readonly isTrusted: boolean;
}

export type TranslatedMessage = (
  | { readonly kind: 'event' | 'signal'; readonly submission: Json }
  /** A message that Convey has no use for. */
  | { readonly kind: 'ignored' }
) & {
  readonly sentAt?: unknown;
  /** The page asked not to send the event to advertising platforms. */
  readonly isRecordOnly?: boolean;
};

/** Translates a message, `{"type", "event", "properties", "context", …}`. Anything that is no object becomes a submission that is rejected. */
export function translateMessage(message: unknown, frame: MessageFrame, rules: MessageRules): TranslatedMessage {
  if (!isObject(message)) return { kind: 'event', submission: {} };
  const context: Json = { ...frame.context, ...getObject(message, 'context') };
  const type = getText(message, 'type') ?? frame.type;
  const sentAt = message.sentAt ?? frame.sentAt;
  const common = readCommon(message, context, frame, rules);
  const event = getText(message, 'event');
  const identify = (user: Json) => ({ kind: 'signal', submission: { ...common, user, type: 'identify' }, sentAt }) as const;
  switch (type) {
    case 'track':
      if (isConsentTrack(event)) return { kind: 'signal', submission: { ...common, type: 'consent' }, sentAt };
      return { ...toTrack(message, event, common, rules), sentAt, ...readDestinations(message, frame) };
    case 'page':
      return { ...toPage(message, common), sentAt, ...readDestinations(message, frame) };
    case 'screen':
      return { ...toScreen(message, common), sentAt, ...readDestinations(message, frame) };
    case 'identify':
      return identify({ ...common.user, ...readTraits(getObject(message, 'traits')) });
    case 'alias': {
      const previous = getText(message, 'previousId');
      const user = getText(message, 'userId');
      // analytics.js sends the old id twice.
      if (previous === undefined || user === undefined || previous === user) return { kind: 'ignored' };
      return identify({ anonymousId: previous, externalId: user });
    }
    case 'group':
      return { kind: 'ignored' };
    default:
      return { kind: 'event', submission: { ...common, name: undefined }, sentAt };
  }
}

type Common = Json & { readonly user: Json; readonly page: Json };

function readCommon(message: Json, context: Json, frame: MessageFrame, rules: MessageRules): Common {
  const { url, clickIds } = readAddress(message, context, frame.origin);
  const page = getObject(context, 'page');
  const referrer = getText(page, 'referrer');
  const consent = readSegmentConsent(context, rules.adConsentCategories, getText(message, 'event'));
  return omitUndefined({
    id: getText(message, 'messageId'),
    time: message.timestamp ?? message.originalTimestamp,
    user: readUser(message, context, frame),
    page: omitUndefined({
      url,
      // RudderStack names a visit without a referrer so.
      referrer: referrer === '$direct' ? undefined : referrer,
      title: getText(page, 'title'),
    }),
    clickIds,
    consent,
    properties: readCampaign(context),
  }) as Common;
}

/** Returns the address of the page, and the click ids that only its query has: the canonical link may stand in for the address. */
function readAddress(
  message: Json,
  context: Json,
  origin: string | undefined,
): { readonly url?: string; readonly clickIds?: Json } {
  const page = getObject(context, 'page');
  const own = getText(message, 'type') === 'page' ? getText(getObject(message, 'properties'), 'url') : undefined;
  const given = getText(page, 'tab_url') ?? own ?? getText(page, 'url');
  const url = given === undefined ? undefined : (URL.parse(given, origin)?.href ?? given);
  const search = getText(page, 'search');
  if (search === undefined || !search.startsWith('?')) return url === undefined ? {} : { url };
  const clickIds = Object.fromEntries(findUrlClickIds(`https://page.invalid/${search}`));
  if (url === undefined) return { clickIds };
  return url.includes('?') ? { url, clickIds } : { url: url.replace(/(?=#|$)/, search) };
}

function readUser(message: Json, context: Json, { anonymousId, isTrusted }: MessageFrame): Json {
  const device = getObject(context, 'device');
  const system = getText(device, 'type')?.toLowerCase();
  const adId = device.adTrackingEnabled === false ? undefined : getText(device, 'advertisingId');
  return omitUndefined({
    externalId: getText(message, 'userId'),
    anonymousId: getText(message, 'anonymousId') ?? anonymousId,
    ...readTraits(getObject(context, 'traits')),
    idfa: system === 'ios' ? adId : undefined,
    gaid: system === 'android' ? adId : undefined,
    ...(isTrusted && { ip: getText(context, 'ip'), userAgent: getText(context, 'userAgent') }),
  });
}

/** Reads the traits that a person is matched by. Others are not stored. Names and street are removed from texts of the event, too. */
function readTraits(traits: Json): Json {
  const address = getObject(traits, 'address');
  const [firstName, lastName] = readNames(traits);
  const place = omitUndefined({
    street: getText(address, 'street'),
    city: getText(address, 'city'),
    state: getText(address, 'state'),
    zip: getText(address, 'postalCode') ?? getText(address, 'postal_code'),
    country: getText(address, 'country'),
  });
  return omitUndefined({
    email: getText(traits, 'email'),
    phone: getText(traits, 'phone'),
    firstName,
    lastName,
    country: place.country,
    ...(Object.keys(place).length > 0 && { address: place }),
  });
}

function readNames(traits: Json): readonly [first: string | undefined, last: string | undefined] {
  const first = getText(traits, 'firstName') ?? getText(traits, 'first_name');
  const last = getText(traits, 'lastName') ?? getText(traits, 'last_name');
  if (first !== undefined || last !== undefined) return [first, last];
  const words = getText(traits, 'name')?.split(/\s+/) ?? [];
  return [words.slice(0, -1).join(' ') || undefined, words.at(-1)];
}

function readCampaign(context: Json): Json | undefined {
  const campaign = getObject(context, 'campaign');
  const utm = omitUndefined({
    utm_source: getText(campaign, 'source'),
    utm_medium: getText(campaign, 'medium'),
    utm_campaign: getText(campaign, 'name'),
    utm_term: getText(campaign, 'term'),
    utm_content: getText(campaign, 'content'),
  });
  return Object.keys(utm).length > 0 ? utm : undefined;
}

function toTrack(message: Json, event: string | undefined, common: Common, rules: MessageRules): TranslatedMessage {
  const properties = getObject(message, 'properties');
  const { email, phone, ...others } = properties;
  if (event === undefined) return { kind: 'event', submission: { ...common, name: undefined } };
  const tracked = readCommerceEvent(event, others);
  const user = { ...common.user, ...readTraits({ email, phone }) };
  return {
    kind: 'event',
    submission: {
      ...common,
      name: tracked.name,
      id: createId(tracked.name, common, tracked.commerce, rules, tracked.isRepeatable),
      user,
      commerce: tracked.commerce,
      properties: { ...getObject(common, 'properties'), ...tracked.properties },
    },
  };
}

/**
 * Returns the id under which pixel, server and SDK report one purchase. A cancellation and an event without an order keep the default and the
 * message's id. Each refund of a part has an id of its own.
 */
function createId(
  name: string,
  { id }: Common,
  commerce: Json,
  { purchaseId }: MessageRules,
  isRepeatable: boolean,
): string | undefined {
  const messageId = typeof id === 'string' ? id : undefined;
  const order = getText(commerce, 'orderId');
  if (isRepeatable && order !== undefined && messageId !== undefined) return `refund-${order}-${messageId}`.slice(0, 128);
  if (name === 'OrderCancelled') return undefined;
  if (normalizeEventName(name) !== 'Purchase') return messageId;
  const number = purchaseId === 'order_id' ? order : (getText(commerce, 'checkoutId') ?? order);
  return number === undefined ? messageId : `purchase-${number}`;
}

function toPage(message: Json, common: Common): TranslatedMessage {
  return { kind: 'event', submission: { ...common, name: 'PageView', properties: readLabels(message, common) } };
}

function toScreen(message: Json, common: Common): TranslatedMessage {
  const name = /^https?:/i.test(String(common.page.url ?? '')) ? 'PageView' : 'ScreenView';
  return { kind: 'event', submission: { ...common, name, properties: readLabels(message, common) } };
}

function readLabels(message: Json, common: Common): Json {
  const properties = getObject(message, 'properties');
  return omitUndefined({
    ...getObject(common, 'properties'),
    name: getText(message, 'name') ?? getText(properties, 'name'),
    category: getText(message, 'category') ?? getText(properties, 'category'),
  });
}

/** Reads whether the page excluded Convey from the destinations of a message. */
function readDestinations(message: Json, frame: MessageFrame): { readonly isRecordOnly?: true } {
  const integrations: Json = { ...frame.integrations, ...getObject(message, 'integrations') };
  const own = Object.hasOwn(integrations, 'Convey') ? integrations.Convey : integrations.All;
  return own === false ? { isRecordOnly: true } : {};
}
