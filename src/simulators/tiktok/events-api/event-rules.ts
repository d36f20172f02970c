import { isIP } from 'node:net';
import { type Fields, isFields } from '../../kit/fields.ts';
import type { Settings } from '../settings.ts';
import { isHash, toValues } from './match-keys.ts';

interface RuleContext {
  readonly settings: Settings;
  readonly nowSeconds: number;
}

/** A refused field, with TikTok's words. */
export interface Problem {
  /** Path in the event; empty for the event itself. */
  readonly path: string;
  readonly rule: string;
}

type Check = (event: Fields, context: RuleContext) => Problem | undefined;

const currencies = new Set(
  'AED ARS AUD BDT BHD BIF BOB BRL CAD CHF CLP CNY COP CRC CZK DKK DZD EGP EUR GBP GTQ HKD HNL HUF IDR ILS INR ISK JPY KES KHR KRW KWD KZT MAD MOP MXN MYR NGN NIO NOK NZD OMR PEN PHP PKR PLN PYG QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD VES VND ZAR'.split(
    ' ',
  ),
);

const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;

/** A value beyond this is in milliseconds (an assumption). */
const maxSeconds = 100_000_000_000;

const checkEvent: Check = ({ event }) =>
  typeof event === 'string' && event !== '' ? undefined : { path: 'event', rule: 'Missing data for required field.' };

const checkTime: Check = ({ event_time: time }, { settings, nowSeconds }) => {
  const fail = (rule: string): Problem => ({ path: 'event_time', rule });
  if (isAbsent(time)) return fail('Missing data for required field.');
  if (!Number.isSafeInteger(time)) return fail('Not a valid integer.');
  const seconds = Number(time);
  if (seconds > maxSeconds) return fail('Must be in seconds.');
  if (seconds < nowSeconds - settings.maxAgeSeconds) return fail('The event is too old.');
  return seconds > nowSeconds + settings.maxFutureSeconds ? fail('The event is in the future.') : undefined;
};

const checkId: Check = ({ event_id: id }) =>
  isAbsent(id) || typeof id === 'string' ? undefined : { path: 'event_id', rule: 'Not a valid string.' };

const textKeys = ['ttclid', 'ttp', 'user_agent', 'locale', 'city', 'state', 'country'];
const hashKeys = ['email', 'phone', 'external_id', 'first_name', 'last_name', 'zip_code'];

const checkUser: Check = ({ user }) => {
  if (isAbsent(user)) return undefined;
  if (!isFields(user)) return { path: 'user', rule: 'Not a valid object.' };
  for (const key of textKeys)
    if (!isAbsent(user[key]) && typeof user[key] !== 'string') return { path: `user.${key}`, rule: 'Not a valid string.' };
  for (const key of hashKeys)
    if (!isAbsent(user[key]) && !toValues(user[key]).every(isHash)) return { path: `user.${key}`, rule: 'Not a valid SHA-256.' };
  if (isAbsent(user.ip) || (typeof user.ip === 'string' && isIP(user.ip) !== 0)) return undefined;
  return { path: 'user.ip', rule: 'Not a valid IP address.' };
};

const checkProperties: Check = ({ properties }) => {
  if (isAbsent(properties)) return undefined;
  if (!isFields(properties)) return { path: 'properties', rule: 'Not a valid object.' };
  const { value, currency, contents } = properties;
  if (!isAbsent(value) && typeof value !== 'number') return { path: 'properties.value', rule: 'Not a valid number.' };
  if (!isAbsent(value) && isAbsent(currency)) return { path: 'properties.currency', rule: 'Missing data for required field.' };
  if (!isAbsent(currency) && !currencies.has(String(currency)))
    return { path: 'properties.currency', rule: 'Must be one of the supported currencies.' };
  return isAbsent(contents) ? undefined : checkContents(contents);
};

function checkContents(contents: unknown): Problem | undefined {
  if (!Array.isArray(contents)) return { path: 'properties.contents', rule: 'Not a valid list.' };
  for (const [index, item] of contents.entries()) {
    const fail = (member: string, rule: string): Problem => ({ path: `properties.contents.${index}${member}`, rule });
    if (!isFields(item)) return fail('', 'Not a valid object.');
    const { content_id: id, quantity } = item;
    if (!isAbsent(id) && typeof id !== 'string') return fail('.content_id', 'Not a valid string.');
    if (!isAbsent(quantity) && !(Number.isSafeInteger(quantity) && Number(quantity) >= 0))
      return fail('.quantity', 'Not a valid integer.');
  }
  return undefined;
}

const isWebUrl = (value: unknown): boolean => typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);

const checkPage: Check = ({ page }) => {
  if (isAbsent(page)) return undefined;
  if (!isFields(page)) return { path: 'page', rule: 'Not a valid object.' };
  return isAbsent(page.url) || isWebUrl(page.url) ? undefined : { path: 'page.url', rule: 'Not a valid URL.' };
};

const checkDataUse: Check = ({ limited_data_use: isLimited }) =>
  isAbsent(isLimited) || typeof isLimited === 'boolean' ? undefined : { path: 'limited_data_use', rule: 'Not a valid boolean.' };

const checks: readonly Check[] = [checkEvent, checkTime, checkId, checkUser, checkProperties, checkPage, checkDataUse];

/**
 * Returns the first problem of an event.
 * @source https://business-api.tiktok.com/portal/docs?id=1771101151059969 (2026-08-10); which fields are refused beyond their types is an
 * assumption
 */
export function findProblem(event: unknown, context: RuleContext): Problem | undefined {
  if (!isFields(event)) return { path: '', rule: 'Not a valid object.' };
  for (const check of checks) {
    const problem = check(event, context);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
