import type { Commerce, EnrichedEvent, Goal, Hotel, Identity, Item, Page, PageType } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import { secondMs, type UnixMs, type UnixSeconds } from '../../event/units.ts';
import type { Mapped } from '../kit/destination.ts';
import { present } from '../kit/present.ts';
import { isWebUrl, withoutQuery } from '../kit/web-url.ts';
import { eventNameOf } from './names.ts';
import { identifiers, longest, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';

/**
 * An event as Microsoft takes it. What Microsoft would strip or refuse is left out here, with an issue in the sender's
 * spelling: only a page view without an address is refused, because Microsoft takes none.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export function map(event: EnrichedEvent, settings: Settings): Mapped<Payload> {
  const denied = event.consent.effective === 'denied';
  if (event.consent.effective === 'pending') return { skip: 'consent-denied', issues: [] };
  if (denied && (settings.whenDenied === 'skip' || event.deniedId === undefined)) return { skip: 'consent-denied', issues: [] };

  const isPageView = event.name === 'PageView';
  if (isPageView && settings.pageLoads === 'never') return { skip: 'filtered', issues: [] };
  if (isPageView && settings.pageLoads === 'auto' && event.page.browserTag === 'ran')
    return { skip: 'browser-tag-sent-it', issues: [] };

  const issues: Issue[] = [];
  const told = denied ? withoutPerson(event) : event;
  const userData = userDataOf(told, issues);
  if (!identifiers.some((name) => userData[name] !== undefined)) return { skip: 'no-identifier', issues };

  const page = pageOf(told.page, issues);
  if (isPageView && page.eventSourceUrl === undefined) return { reject: [pageViewWithoutUrl] };
  if (isPageView && Object.keys(told.commerce).length > 0) issues.push(commerceOnPageView);

  return {
    payload: {
      eventType: isPageView ? 'pageLoad' : 'custom',
      eventTime: toSeconds(event.time),
      eventId: event.id,
      ...present({ eventName: eventNameOf(event.name, settings.eventNames) }),
      ...page,
      adStorageConsent: denied ? 'D' : 'G',
      userData,
      ...present({ customData: isPageView ? undefined : customDataOf(told, issues) }),
    },
    issues,
  };
}

/** What may be sent of a denied event. Accepting stripped it already; an event that was denied later comes as it was. */
function withoutPerson(event: EnrichedEvent): EnrichedEvent {
  const { orderId, hotel, ...commerce } = event.commerce;
  const { bookingHref, ...stay } = hotel ?? {};
  const { url, referrer } = event.page;
  return {
    ...event,
    identity: { forms: {}, clickIds: {}, ...present({ anonymousId: event.deniedId }) },
    client: {},
    page: present({ url: url && withoutQuery(url), referrer: referrer && withoutQuery(referrer) }),
    commerce: { ...commerce, ...present({ hotel: stay }) },
    goal: {},
  };
}

function userDataOf({ identity, client }: EnrichedEvent, issues: Issue[]): Payload['userData'] {
  return present({
    msclkid: msclkidOf(identity, issues),
    em: identity.forms.emailMicrosoft ?? identity.forms.emailGiven,
    ph: identity.forms.phoneE164 ?? identity.forms.phoneGiven,
    anonymousId: cut(identity.uetVid ?? identity.anonymousId, longest.id, 'user.anonymousId', issues),
    externalId: identity.externalId,
    clientIpAddress: client.ip,
    clientUserAgent: cut(client.userAgent, longest.userAgent, 'user.userAgent', issues),
    idfa: identity.idfa,
    gaid: identity.gaid,
  });
}

/** Microsoft writes it without dashes into the landing page's address and takes it with them. */
function msclkidOf({ clickIds }: Identity, issues: Issue[]): string | undefined {
  const value = clickIds.msclkid?.value;
  if (value === undefined) return undefined;
  const [, ...groups] = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(value.toLowerCase()) ?? [];
  if (groups.length > 0) return groups.join('-');
  issues.push({
    field: 'clickIds.msclkid',
    code: 'click-id-invalid',
    message: "Not sent: must be 32 hexadecimal digits. Pass the `msclkid` of the landing page's address as it stands.",
  });
  return undefined;
}

function pageOf(page: Page, issues: Issue[]): Partial<Payload> {
  return present({
    eventSourceUrl: urlOf(page.url, 'page.url', issues),
    pageLoadId: pageLoadIdOf(page.loadId, issues),
    referrerUrl: urlOf(page.referrer, 'page.referrer', issues),
    pageTitle: cut(page.title, longest.text, 'page.title', issues),
    keywords: cut(page.keywords, longest.text, 'page.keywords', issues),
  });
}

function urlOf(given: string | undefined, field: string, issues: Issue[]): string | undefined {
  if (given === undefined) return undefined;
  const url = given.length > longest.url ? withoutQuery(given) : given;
  if (url.length > longest.url || !isWebUrl(url)) {
    issues.push({
      field,
      code: 'url-invalid',
      message: `Not sent: must be an absolute http or https address of at most ${longest.url} characters.`,
    });
    return undefined;
  }
  if (url !== given) {
    issues.push({
      field,
      code: 'url-shortened',
      message: `Sent without its query: must have at most ${longest.url} characters. Shorten the query.`,
    });
  }
  return url;
}

function pageLoadIdOf(loadId: string | undefined, issues: Issue[]): string | undefined {
  if (loadId === undefined || /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(loadId))
    return loadId;
  issues.push({
    field: 'page.loadId',
    code: 'load-id-invalid',
    message: 'Not sent: must be a version 4 UUID, one per page view.',
  });
  return undefined;
}

function customDataOf({ name, commerce, goal }: EnrichedEvent, issues: Issue[]): NonNullable<Payload['customData']> {
  const pageType = commerce.pageType ?? pageTypeOf(name);
  const value = revenueOf(commerce, issues);
  const items = commerce.items?.map((item, index) => itemOf(item, index, issues));
  return present({
    ...goalOf(goal, issues),
    searchTerm: cut(commerce.searchTerm, longest.text, 'commerce.searchTerm', issues),
    transactionId: cut(commerce.orderId, longest.id, 'commerce.orderId', issues),
    value,
    currency: commerce.currency,
    items: items?.filter((item) => Object.keys(item).length > 0),
    itemIds: items?.flatMap(({ id }) => id ?? []),
    pageType,
    ecommTotalValue: pageType === 'cart' || pageType === 'purchase' ? value : undefined,
    ecommCategory: cut(commerce.category, longest.name, 'commerce.category', issues),
    hotelData: commerce.hotel && hotelOf(commerce.hotel, issues),
  });
}

/** The kinds of page that Microsoft's retail audiences know, for the events that happen on one of them. */
function pageTypeOf(name: string): PageType | undefined {
  switch (name) {
    case 'Purchase':
      return 'purchase';
    case 'AddToCart':
    case 'InitiateCheckout':
      return 'cart';
    case 'ViewContent':
      return 'product';
    case 'Search':
      return 'searchresults';
    default:
      return undefined;
  }
}

function revenueOf({ value, currency }: Commerce, issues: Issue[]): number | undefined {
  if (value === undefined) return undefined;
  const field = 'commerce.value';
  if (currency === undefined) {
    issues.push({
      field,
      code: 'value-without-currency',
      message: "Not sent: a value needs `commerce.currency`. Send it, or set the site's `defaultCurrency`.",
    });
    return undefined;
  }
  // An assumption: the API states no bounds, but the browser tag refuses a negative value.
  if (value < 0) {
    issues.push({
      field,
      code: 'value-negative',
      message: 'Not sent: must be 0 or more. Report a refund to Microsoft as a conversion adjustment.',
    });
    return undefined;
  }
  return value;
}

function goalOf(goal: Goal, issues: Issue[]) {
  return {
    eventCategory: cut(goal.category, longest.name, 'goal.category', issues),
    eventLabel: cut(goal.label, longest.name, 'goal.label', issues),
    eventValue: goal.value,
  };
}

function itemOf(item: Item, index: number, issues: Issue[]) {
  return present({
    id: cut(item.id, longest.name, `commerce.items[${index}].id`, issues),
    quantity: item.quantity,
    price: item.price,
    name: cut(item.name, longest.name, `commerce.items[${index}].name`, issues),
  });
}

function hotelOf(hotel: Hotel, issues: Issue[]) {
  return present({
    totalPrice: hotel.totalPrice,
    basePrice: hotel.basePrice,
    checkinDate: hotel.checkinDate,
    checkoutDate: hotel.checkoutDate,
    lengthOfStay: hotel.lengthOfStay,
    partnerHotelId: cut(hotel.partnerHotelId, longest.name, 'commerce.hotel.partnerHotelId', issues),
    bookingHref: cut(hotel.bookingHref, longest.name, 'commerce.hotel.bookingHref', issues),
  });
}

function cut(text: string | undefined, max: number, field: string, issues: Issue[]): string | undefined {
  if (text === undefined || text.length <= max) return text;
  issues.push({ field, code: 'text-shortened', message: `Sent shortened: must have at most ${max} characters.` });
  // Not in the middle of a character: half a surrogate pair is no valid JSON text to a strict reader.
  return text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '');
}

const pageViewWithoutUrl: Issue = {
  field: 'page.url',
  code: 'required',
  message: `A page view needs an absolute http or https address of at most ${longest.url} characters. Send \`page.url\` with each PageView.`,
};

const commerceOnPageView: Issue = {
  field: 'commerce',
  code: 'not-on-page-view',
  message: 'Not sent: Microsoft takes no shop data with a page load. Send it with an event such as ViewContent or Purchase.',
};

function toSeconds(time: UnixMs): UnixSeconds {
  return Math.floor(time / secondMs);
}
