import type { Fields } from '../../kit/fields.ts';
import type { Parameters } from '../../kit/tag/beacon.ts';

/** One report of the browser tag: one `GET /pagead/conversion/{id}/`. */
export interface Beacon {
  /** The account of the tag and the label of the conversion action: `AW-123456789/label`. */
  readonly sendTo: string;
  readonly parameters: Parameters;
  /** Whether Consent Mode kept the tag from storage, so that the report can count for no click. */
  readonly isCookieless: boolean;
  /** The same conversion with the names of the Data Manager API, so that both reports can be compared. */
  readonly event: Fields;
}

/**
 * Maps the parameters of the browser tag to the names of the Data Manager API.
 * @param conversionId the digits in the path.
 * @source https://support.google.com/google-ads/answer/6386790 (2026-11-27) for `label`, `value`, `currency_code` and `oid`; the other names
 * are those that the tag is seen to send, and an assumption
 */
export function readBeacon(conversionId: string, parameters: Parameters, userAgent: string | undefined): Beacon {
  const get = (name: string): string | undefined => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    return value === '' ? undefined : value;
  };
  const sentMs = Number(get('fst'));
  const clicks = omitAbsent({ gclid: get('gclid'), wbraid: get('wbraid'), gbraid: get('gbraid') });
  const items = readItems(get('item') ?? '');
  const event = omitAbsent({
    transactionId: get('oid'),
    eventTimestamp: Number.isSafeInteger(sentMs) && sentMs > 0 && sentMs < 8.64e15 ? new Date(sentMs).toISOString() : undefined,
    eventSource: 'WEB',
    conversionValue: toNumber(get('value')),
    currency: get('currency_code'),
    adIdentifiers: Object.keys(clicks).length > 0 ? clicks : undefined,
    consent: readConsent(get('ud'), get('pers')),
    eventDeviceInfo: userAgent === undefined ? undefined : { userAgent },
    cartData: items.length > 0 ? omitAbsent({ merchantId: get('mid'), items }) : undefined,
  });
  const sendTo = `AW-${conversionId}/${get('label') ?? ''}`.slice(0, 128);
  return { sendTo, parameters, isCookieless: get('gcs')?.startsWith('G10') === true, event };
}

function readConsent(userData: string | undefined, personalization: string | undefined): Fields | undefined {
  if (userData === undefined) return undefined;
  const toStatus = (state: string | undefined) => (state === '1' ? 'CONSENT_GRANTED' : 'CONSENT_DENIED');
  return { adUserData: toStatus(userData), adPersonalization: toStatus(personalization) };
}

/** Reads items in the form `(id*price*quantity)(id*price*quantity)`. */
function readItems(text: string): readonly Fields[] {
  return [...text.matchAll(/\(([^()*]*)\*([^()*]*)\*([^()*]*)\)/g)].map(([, id, price, quantity]) =>
    omitAbsent({ merchantProductId: id, unitPrice: toNumber(price), quantity: quantity === '' ? undefined : quantity }),
  );
}

function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
}

function omitAbsent(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
