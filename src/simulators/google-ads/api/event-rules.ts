import { type Fields, getList, isFields, toText } from '../../kit/fields.ts';
import type { Action, Settings } from '../settings.ts';
import type { Violation } from './google-error.ts';

/** A destination of a request whose fields are valid. */
export interface Destination {
  readonly fields: Fields;
  readonly actionId: string;
  /** Undefined if the simulator knows no actions. */
  readonly action: Action | undefined;
}

const digits = /^\d+$/;

/** Checks the destinations. Returns those that are valid. */
export function checkDestinations(
  given: readonly unknown[],
  { actions }: Settings,
): { readonly destinations: readonly Destination[]; readonly violations: readonly Violation[] } {
  const violations: Violation[] = [];
  const references = new Set<string>();
  const destinations = given.filter(isFields).flatMap((fields, index): Destination[] => {
    const before = violations.length;
    const refuse = (path: string, reason: string) => {
      const field = `destinations.destinations[${index}]${path === '' ? '' : `.${path}`}`;
      violations.push({ field, description: reason, reason });
    };
    const reference = toText(fields.reference);
    if (reference !== null && references.has(reference)) refuse('reference', 'DUPLICATE_DESTINATION_REFERENCE');
    if (reference !== null) references.add(reference);
    const { operatingAccount, loginAccount } = fields;
    if (!isFields(operatingAccount)) refuse('operating_account', 'REQUIRED_FIELD_MISSING');
    for (const [name, account] of [
      ['operating_account', operatingAccount],
      ['login_account', loginAccount],
    ] as const) {
      if (isFields(account) && !digits.test(String(account.accountId))) refuse(`${name}.account_id`, 'INVALID_NUMBER_FORMAT');
    }
    const actionId = toText(fields.productDestinationId) ?? '';
    if (!digits.test(actionId)) refuse('product_destination_id', 'INVALID_CONVERSION_ACTION_ID');
    const action = actions.find(({ id }) => id === actionId);
    if (actions.length > 0 && violations.length === before) {
      const owner = isFields(operatingAccount) ? operatingAccount.accountId : undefined;
      if (action === undefined || (action.owner !== undefined && action.owner !== owner))
        refuse('product_destination_id', 'INVALID_CONVERSION_ACTION_ID');
      else if (action.type === 'OTHER') refuse('product_destination_id', 'INVALID_CONVERSION_ACTION_TYPE');
      else if (action.isAllowlisted === false) refuse('', 'NOT_ALLOWLISTED');
    }
    return violations.length === before ? [{ fields, actionId, action }] : [];
  });
  return { destinations, violations };
}

/** Returns the destinations of an event: those that it refers to, else all. */
export function listDestinations(event: Fields, destinations: readonly Destination[]): readonly Destination[] {
  const references = getList(event, 'destinationReferences') ?? [];
  return references.length === 0 ? destinations : destinations.filter(({ fields }) => references.includes(fields.reference));
}

/** A SHA-256 by the encoding of the request, and the reason that refuses another text. */
const encodings = {
  HEX: { pattern: /^[0-9a-f]{64}$/i, reason: 'INVALID_HEX_ENCODING' },
  BASE64: { pattern: /^[A-Za-z0-9+/]{43}=$/, reason: 'INVALID_BASE64_ENCODING' },
} as const;
type Encoding = keyof typeof encodings;
const currencies = new Set(Intl.supportedValuesOf('currency'));
const clickNames = ['gclid', 'gbraid', 'wbraid'] as const;

/** Checks one event as Google does before it answers. `position` is its index. */
export function checkEvent(
  event: Fields,
  position: number,
  destinations: readonly Destination[],
  { settings, now, encoding }: { readonly settings: Settings; readonly now: number; readonly encoding: Encoding },
): readonly Violation[] {
  const violations: Violation[] = [];
  const refuse = (path: string, reason: string) => {
    const field = `events.events[${position}]${path === '' ? '' : `.${path}`}`;
    violations.push({ field, description: `The field is not valid: ${reason}.`, reason });
  };
  const kinds = listDestinations(event, destinations).map(({ action }) => action?.type);
  const transactionId = toText(event.transactionId);
  if (kinds.includes('WEBPAGE') && transactionId === null) refuse('transaction_id', 'REQUIRED_FIELD_MISSING');
  if ((transactionId?.length ?? 0) > settings.maxTransactionIdChars) refuse('transaction_id', 'FIELD_VALUE_TOO_LONG');
  if (kinds.includes('UPLOAD_CLICKS') && event.eventSource === undefined) refuse('event_source', 'REQUIRED_FIELD_MISSING');
  if (kinds.includes('WEBPAGE') && event.eventSource !== undefined && event.eventSource !== 'WEB')
    refuse('event_source', 'EVENT_SOURCE_AND_DESTINATION_MISMATCH');
  checkTime(event, now, refuse);
  if (event.currency !== undefined && !currencies.has(String(event.currency))) refuse('currency', 'INVALID_CURRENCY_CODE');
  if (typeof event.conversionValue === 'number' && event.conversionValue !== 0 && event.currency === undefined)
    refuse('currency', 'REQUIRED_FIELD_MISSING');
  checkIdentity(event, destinations, { settings, encoding }, refuse);
  checkCart(event, refuse);
  for (const name of ['eventName', 'clientId', 'userId'])
    if (event[name] !== undefined)
      refuse(
        name.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`),
        'INVALID_EVENT',
      );
  return violations;
}

type Refuse = (path: string, reason: string) => void;

const dayMs = 86_400_000;

function checkTime({ eventTimestamp }: Fields, now: number, refuse: Refuse): void {
  if (eventTimestamp === undefined) {
    refuse('event_timestamp', 'REQUIRED_FIELD_MISSING');
    return;
  }
  const at = Date.parse(String(eventTimestamp));
  // Assumption: a day ahead, and ten years ago.
  if (!(at <= now + dayMs && at > now - 3_650 * dayMs)) refuse('event_timestamp', 'EVENT_TIME_INVALID');
}

function checkIdentity(
  event: Fields,
  destinations: readonly Destination[],
  { settings, encoding }: { readonly settings: Settings; readonly encoding: Encoding },
  refuse: Refuse,
): void {
  const { pattern, reason } = encodings[encoding];
  const { userData, adIdentifiers } = event;
  const identifiers = getList(userData, 'userIdentifiers') ?? [];
  const clicks = isFields(adIdentifiers) ? clickNames.filter((name) => toText(adIdentifiers[name]) !== null) : [];
  if (identifiers.length === 0 && clicks.length === 0) refuse('', 'NO_IDENTIFIERS_PROVIDED');
  if (identifiers.length > settings.maxUserIdentifiers) refuse('user_data', 'TOO_MANY_USER_IDENTIFIERS');
  identifiers.filter(isFields).forEach((identifier, index) => {
    const path = `user_data.user_identifiers[${index}]`;
    const names = Object.keys(identifier);
    if (names.length !== 1) refuse(path, 'INVALID_FORMAT');
    for (const [name, spelled] of [
      ['emailAddress', 'email_address'],
      ['phoneNumber', 'phone_number'],
    ] as const)
      if (identifier[name] !== undefined && !pattern.test(String(identifier[name]))) refuse(`${path}.${spelled}`, reason);
    if (identifier.address !== undefined) checkAddress(identifier.address, `${path}.address`, encoding, refuse);
  });
  if (identifiers.length > 0 && listDestinations(event, destinations).some(({ action }) => action?.termsSigned === false))
    refuse('destination_references[0]', 'DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED');
}

function checkAddress(address: unknown, path: string, encoding: Encoding, refuse: Refuse): void {
  const { pattern, reason } = encodings[encoding];
  const given = isFields(address) ? address : {};
  for (const name of ['givenName', 'familyName']) if (!pattern.test(String(given[name]))) refuse(`${path}.${name}`, reason);
  if (!/^[A-Z]{2}$/.test(String(given.regionCode))) refuse(`${path}.region_code`, 'INVALID_COUNTRY_CODE');
  if (toText(given.postalCode) === null) refuse(`${path}.postal_code`, 'INVALID_POSTAL_CODE');
}

function checkCart({ cartData }: Fields, refuse: Refuse): void {
  if (!isFields(cartData)) return;
  if ((getList(cartData, 'items') ?? []).length === 0) refuse('cart_data.items', 'REQUIRED_FIELD_MISSING');
  if (cartData.merchantId !== undefined && !digits.test(String(cartData.merchantId)))
    refuse('cart_data.merchant_id', 'INVALID_MERCHANT_ID');
}

/** A part of an accepted event that does not have its intended effect. */
export interface FieldWarning {
  readonly field: string;
  readonly reason: string;
  readonly description: string;
}

/** Returns Google's warnings for an accepted event. @source cart_data.proto (2026-08-22) */
export function findWarnings({ cartData, adIdentifiers }: Fields, position: number): readonly FieldWarning[] {
  const path = `events.events[${position}].cart_data`;
  const items = getList(cartData, 'items')?.filter(isFields) ?? [];
  const warn = (field: string, reason: string) => ({ field, reason, description: 'The value is not used.' });
  const missing = items.flatMap((item, index) => [
    ...(toText(item.merchantProductId) === null
      ? [warn(`${path}.items[${index}].merchant_product_id`, 'ITEM_MERCHANT_PRODUCT_ID_MISSING')]
      : []),
    ...(item.unitPrice === undefined ? [warn(`${path}.items[${index}].unit_price`, 'ITEM_UNIT_PRICE_MISSING')] : []),
  ]);
  const isBraid = isFields(adIdentifiers) && (adIdentifiers.gbraid !== undefined || adIdentifiers.wbraid !== undefined);
  return items.length > 0 && isBraid ? [...missing, warn(path, 'CART_DATA_NOT_SUPPORTED_WITH_BRAID')] : missing;
}

/**
 * Returns the reason why Google refuses an event only later. A click id that begins with `sim-` and a reason in lower case with hyphens has
 * this reason; `sim-invalid`, `sim-notfound` and `sim-fresh` are short forms. A click that is too recent becomes older with time.
 */
export function findProcessingError(event: Fields, { action }: Destination, settings: Settings, now: number): string | undefined {
  const { adIdentifiers, consent, eventTimestamp } = event;
  const clicks = isFields(adIdentifiers) ? adIdentifiers : {};
  const at = Date.parse(String(eventTimestamp));
  if (isFields(consent) && consent.adUserData === 'CONSENT_DENIED') return 'DENIED_CONSENT';
  if (now - at > settings.maxAgeMs) return 'EVENT_TOO_OLD';
  if (action?.countsOne === true && (clicks.gbraid !== undefined || clicks.wbraid !== undefined))
    return 'ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID';
  const [, magic = ''] = /^sim-([a-z-]+?)(?:-?\d+)?$/.exec(String(clicks.gclid ?? '')) ?? [];
  const short: ReadonlyMap<string, string> = new Map([
    ['invalid', 'INVALID_GCLID'],
    ['notfound', 'CLICK_NOT_FOUND'],
    ['fresh', 'TOO_RECENT_CLICK'],
  ]);
  const reason = short.get(magic) ?? magic.replaceAll('-', '_').toUpperCase();
  if (reason === 'TOO_RECENT_CLICK' && now - at >= settings.recentClickMs) return undefined;
  return reason === '' ? undefined : reason;
}
