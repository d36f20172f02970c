import { hash } from 'node:crypto';

/** The fields of a submission of `events.ts` that the minimal script reads. */
interface ShopEvent {
  readonly id: string;
  readonly name: string;
  /** UNIX milliseconds. */
  readonly time: number;
  readonly page: { readonly url: string; readonly referrer: string; readonly title: string; readonly loadId: string };
  readonly user: {
    readonly anonymousId: string;
    readonly ip: string;
    readonly userAgent: string;
    readonly email?: string;
    readonly phone?: string;
    readonly externalId?: string;
  };
  readonly clickIds: { readonly msclkid: string };
  readonly commerce?: {
    readonly value: number;
    readonly currency: string;
    readonly orderId?: string;
    readonly items: readonly { readonly id: string; readonly name: string; readonly price: number; readonly quantity: number }[];
  };
}

const kinds: Readonly<Record<string, { readonly name: string; readonly pageType: string }>> = {
  ViewContent: { name: 'view_item', pageType: 'product' },
  AddToCart: { name: 'add_to_cart', pageType: 'cart' },
  InitiateCheckout: { name: 'begin_checkout', pageType: 'cart' },
  Purchase: { name: 'purchase', pageType: 'purchase' },
};

/**
 * A script for these events and this platform only: parses each submission, normalizes and hashes the person's values in all forms
 * that Convey stores, builds the payload, and returns one request's body. It validates nothing and ignores consent. Phone numbers
 * begin with `+`, so it needs only the digits and no library.
 */
export function runMinimalScript(bodies: readonly Buffer[]): string {
  const data = bodies.map((bytes) => {
    const event: ShopEvent = JSON.parse(bytes.toString());
    const kind = kinds[event.name];
    return {
      eventType: kind ? 'custom' : 'pageLoad',
      eventTime: Math.floor(event.time / 1_000),
      eventId: event.id,
      eventName: kind?.name,
      eventSourceUrl: event.page.url,
      pageLoadId: event.page.loadId,
      referrerUrl: event.page.referrer,
      pageTitle: event.page.title,
      adStorageConsent: 'G',
      userData: buildUserData(event),
      customData: kind && event.commerce && buildCustomData(event.commerce, kind.pageType),
    };
  });
  return JSON.stringify({ data, continueOnValidationError: false, dataProvider: 'convey' });
}

function buildUserData({ user, clickIds: { msclkid: id } }: ShopEvent) {
  const hashes = hashPerson(user);
  return {
    msclkid: `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`,
    em: hashes.emailMicrosoft,
    ph: hashes.phoneE164,
    anonymousId: user.anonymousId,
    externalId: hashes.externalId,
    clientIpAddress: user.ip,
    clientUserAgent: user.userAgent,
  };
}

/** Returns all five hashes. Microsoft uses three; Convey stores the others for other platforms. */
function hashPerson({ email, phone, externalId }: ShopEvent['user']) {
  if (email === undefined || phone === undefined || externalId === undefined) return {};
  const plain = email.trim().toLowerCase();
  const at = plain.lastIndexOf('@');
  const [user = ''] = plain.slice(0, at).split('+', 1);
  const digits = phone.replace(/\D/g, '');
  return {
    emailMicrosoft: hash('sha256', user.replaceAll('.', '') + plain.slice(at)),
    emailPlain: hash('sha256', plain),
    phoneE164: hash('sha256', `+${digits}`),
    phoneDigits: hash('sha256', digits),
    externalId: hash('sha256', externalId.trim()),
  };
}

function buildCustomData({ orderId, value, currency, items }: NonNullable<ShopEvent['commerce']>, pageType: string) {
  return {
    transactionId: orderId,
    value,
    currency,
    items: items.map(({ id, quantity, price, name }) => ({ id, quantity, price, name })),
    itemIds: items.map(({ id }) => id),
    pageType,
    ecommTotalValue: pageType === 'product' ? undefined : value,
  };
}
