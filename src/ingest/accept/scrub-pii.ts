import { containsEmail, redactionMark, removeEmails } from '../../identity/personal-text.ts';
import { cacheNewest } from '../limits/bounded-map.ts';
import { mayContainNeedle, type Needle, toNeedle } from './identifier-search.ts';

/** The shopper's own identifiers, folded: only letters and digits, lower case. */
export type OwnIdentifiers = readonly Needle[];

const noise = /%(?:25)*[0-9a-f]{2}|[^\p{L}\p{N}%]+|%/giu;
const unit = /%(?:25)*[0-9a-f]{2}|[\p{L}\p{N}]/giu;

function fold(text: string): string {
  const lower = text.toLowerCase();
  // Most texts are plain ASCII. For these, the Unicode classes would cost as much as all other steps of accepting an event.
  return /[^\0-$&-\x7f]/.test(lower) ? lower.replace(noise, '') : lower.replace(/[^a-z0-9]+/g, '');
}

const shortestNeedle = 7;

/** Returns whether digits are a script's or a form's placeholder for a phone number: all equal, or counting up. */
export function isPlaceholderPhone(digits: string): boolean {
  return /^(\d)\1*$/.test(digits) || '01234567890123456789'.includes(digits);
}

function isNeedle(folded: string): boolean {
  if (folded.length < shortestNeedle) return false;
  if (/^\d+$/.test(folded)) return folded.length > shortestNeedle && !isPlaceholderPhone(folded);
  return !/^(.)\1*$/u.test(folded);
}

/**
 * Returns the identifiers to search for in an event's strings. A short text or a placeholder also occurs in harmless ids, so it is omitted.
 */
export function buildOwnIdentifiers(values: readonly string[]): OwnIdentifiers {
  const needles: Needle[] = [];
  for (const value of values) {
    const folded = fold(value);
    if (!isNeedle(folded) || needles.some(({ text }) => text === folded)) continue;
    // The longest is first. There are few, so that sorting would cost more.
    let at = needles.length;
    while (at > 0 && (needles[at - 1]?.text.length ?? 0) < folded.length) at--;
    needles.splice(at, 0, toNeedle(folded));
  }
  return needles;
}

/** Removes each identifier, with any punctuation between its letters and digits. */
function removeOwnIdentifiers(text: string, own: OwnIdentifiers): string {
  if (own.length === 0 || text.length < shortestNeedle || !mayContainNeedle(text, own)) return text;
  const folded = fold(text);
  if (!own.some((needle) => folded.includes(needle.text))) return text;

  const starts: number[] = [];
  const ends: number[] = [];
  let letters = '';
  for (const match of text.matchAll(unit)) {
    if (match[0].startsWith('%')) continue;
    const lower = match[0].toLowerCase();
    for (let n = 0; n < lower.length; n++) {
      starts.push(match.index);
      ends.push(match.index + match[0].length);
    }
    letters += lower;
  }
  const cuts: { from: number; to: number }[] = [];
  for (const { text: needle } of own) {
    for (let at = letters.indexOf(needle); at >= 0; at = letters.indexOf(needle, at + needle.length)) {
      cuts.push({ from: starts[at] ?? 0, to: ends[at + needle.length - 1] ?? text.length });
    }
  }
  cuts.sort((a, b) => a.from - b.from);
  let clean = '';
  let copiedTo = 0;
  for (const { from, to } of cuts) {
    if (from >= copiedTo) clean += text.slice(copiedTo, from) + redactionMark;
    copiedTo = Math.max(copiedTo, to);
  }
  return clean + text.slice(copiedTo);
}

/** Matches one word of a key. The words before `phone` are listed, because `headphones` and `microphone` are goods. */
const personalWord = [
  '[a-z]*email(?:s|address(?:es)?)?',
  '(?:e-)?mail(?:s|address(?:es)?)?',
  '(?:tele|cell|mobile|home|work|office|daytime|user|customer|client|contact|buyer|billing|shipping)?(?:phone|tel|mobile)s?(?:no|nr|num|numbers?)?',
  '(?:f|l|first|last|middle|maiden|full|given|family|customer|buyer|recipient|billing|shipping)~names?|surnames?|name~(?:first|last|full)',
  '(?:billing|shipping|home|street|postal)?address(?:es)?(?:line)?|(?:house|street)~(?:no|nr|num|numbers?|name|line)|street',
  '(?:billing|shipping)?(?:zip|post|postal)~codes?|zip|postal|dob|(?:date~of~)?birth~(?:day|date|month|year)?|date~of~birth|bday',
  // The token of a link between domains.
  'cvl',
]
  .join('|')
  .replaceAll('~', '[^a-z]{0,2}');
const personalName = new RegExp(`(?:^|[^a-z])(?:${personalWord})(?:[^a-z]|$)`);

/** Caches the newest keys, because the URLs and properties of a shop share few. Long keys are not kept. */
const isShortKeyPersonal = cacheNewest(1_000, matchesPersonalName);
const longestKeptKey = 40;

/**
 * Returns whether a key's name means an e-mail address, a phone number, a name, a postal address or a date of birth: `email`, `billingPhone`,
 * `user[tel]`, `first_name`, `addressLine1`, `dob`.
 */
export function isPersonalFieldName(key: string): boolean {
  return key.length > longestKeptKey ? matchesPersonalName(key) : isShortKeyPersonal(key);
}

function matchesPersonalName(key: string): boolean {
  return personalName.test(key.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase());
}

const parameter = /(^|[?&#;])([^=&?#;\s]{1,256})=[^&#;\s]+/g;

/** The beginning of WooCommerce's order keys. An order's key opens the order's page. */
const orderKey = '=wc_order_';

/** The characters between which a key is. */
const keyEnds: ReadonlySet<number> = new Set(Array.from('=&?#; \t\r\n', (character) => character.charCodeAt(0)));

/** Returns whether a key before any `=` is personal. False is certain that `parameter` matches none. Few texts have one. */
function mayHaveNamedValue(text: string): boolean {
  if (text.includes(orderKey)) return true;
  for (let end = text.indexOf('='); end >= 0; end = text.indexOf('=', end + 1)) {
    let start = end;
    while (start > 0 && !keyEnds.has(text.charCodeAt(start - 1))) start--;
    if (start < end && isPersonalParameter(text.slice(start, end))) return true;
  }
  return false;
}

function isPersonalParameter(key: string): boolean {
  return isPersonalFieldName(key.includes('%') ? key.replace(/%(?:25)*[0-9a-f]{2}/gi, '.') : key);
}

/** Removes the values of personal keys and of order keys from a URL's query or fragment. */
function removeNamedValues(text: string): string {
  if (!mayHaveNamedValue(text)) return text;
  return text.replace(parameter, (pair: string, before: string, key: string) => {
    return isPersonalParameter(key) || pair.includes(orderKey) ? `${before}${key}=${redactionMark}` : pair;
  });
}

const slash = String.raw`(?:\/|%(?:25)*2f)`;

/** The paths of checkouts and orders, also as a parameter of another URL encodes them. */
const orderPath = `${slash}(?:checkouts|orders)${slash}`;
const isOpenPlace = new RegExp(orderPath, 'i');
const openPath = new RegExp(String.raw`(?<=${orderPath})(?:[^?#&%\s]|%(?!(?:25)*(?:2[36]|3f)))+`, 'gi');
const slashOrPart = new RegExp(String.raw`${slash}|(?:[^/%]|%(?:25)*(?!2[5f])[\da-f]{2})+`, 'gi');

/** The value of the parameter `key`, encoded any number of times. */
const keyValue =
  /(?<=(?:[?&#;]|%(?:25)*(?:2[36]|3[bf]))key(?:=|%(?:25)*3d))(?:[^?&#;%\s]|%(?:25)*(?!2[3-6]|3[bf])[0-9a-f]{2})+/gi;

/**
 * Returns whether a part of a path opens an order: it has a token's length, and words have neither digits nor capitals after small letters.
 */
function isToken(part: string): boolean {
  const plain = part.replace(/%(?:25)*[0-9a-f]{2}/gi, '-');
  return plain.length >= 16 && /\d|[a-z][A-Z]/.test(plain);
}

/** Removes the tokens that open an order or a checkout from a URL. */
function removeOrderTokens(text: string): string {
  if (!(text.includes('/') || text.includes('%')) || !isOpenPlace.test(text)) return text;
  return text
    .replace(openPath, (path) => path.replace(slashOrPart, (part) => (isToken(part) ? redactionMark : part)))
    .replace(keyValue, redactionMark);
}

/** Returns the text without the shopper's own identifiers, e-mail addresses, personal parameters and tokens of orders. */
export function scrubPii(text: string, own: OwnIdentifiers): string {
  const clean = removeOrderTokens(removeEmails(removeOwnIdentifiers(text, own)));
  return clean.includes('=') ? removeNamedValues(clean) : clean;
}

/** Returns whether a text holds the shopper's own e-mail or phone, in any punctuation. */
export function containsOwnIdentifier(text: string, own: OwnIdentifiers): boolean {
  return removeOwnIdentifiers(text, own) !== text;
}

/** Returns whether a number's digits hold the shopper's phone. */
export function containsOwnPhone(value: number, own: OwnIdentifiers): boolean {
  // Most numbers are small and have at most two decimals, so they have fewer digits than any identifier.
  const isShort =
    Math.abs(value) < 1e4 ? Math.round(value * 100) / 100 === value : Math.abs(value) < 1e6 && Number.isInteger(value);
  return !isShort && containsOwnIdentifier(String(value), own);
}

/** Returns whether a text that must be kept unchanged or dropped holds personal data. */
export function containsPersonalData(text: string, own: OwnIdentifiers): boolean {
  return containsEmail(text) || containsOwnIdentifier(text, own);
}
