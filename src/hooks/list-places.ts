import { isObject } from '../net/parse-json.ts';
import { maxPointerLength, maxPointerSteps } from './json-pointer.ts';

/** A place of a body, with a value that may be shown. */
export interface BodyPlace {
  /** JSON Pointer. */
  readonly at: string;
  /** The value, or its form if it may be personal. */
  readonly value: string;
  readonly isMasked: boolean;
}

const maxPlaces = 300;
/** Later entries of a list have the places of the first ones. */
const maxEntries = 3;

/**
 * Lists the places of a body that have a value, in their order. A text is shown only if it has the form of an id, a code, a web address without
 * query or a time, and stands under a name that is no person's: everything else is described by its form.
 */
export function listBodyPlaces(body: unknown): readonly BodyPlace[] {
  const places: BodyPlace[] = [];
  const visit = (value: unknown, at: string, depth: number, isPersonal: boolean) => {
    if (places.length >= maxPlaces || depth > maxPointerSteps || at.length > maxPointerLength) return;
    if (Array.isArray(value)) {
      const entries: readonly unknown[] = value.slice(0, maxEntries);
      for (const [index, entry] of entries.entries()) visit(entry, `${at}/${index}`, depth + 1, isPersonal);
    } else if (isObject(value)) {
      for (const [name, member] of Object.entries(value)) {
        // A key may itself be personal, such as an e-mail address.
        if (!/^[\w $.:/~-]{1,80}$/.test(name) || /\d{7}/.test(name)) continue;
        const step = name.replaceAll('~', '~0').replaceAll('/', '~1');
        visit(member, `${at}/${step}`, depth + 1, isPersonal || personalName.test(name));
      }
    } else places.push({ at, ...describeValue(value, isPersonal, timeName.test(at)) });
  };
  visit(body, '', 0, false);
  return places;
}

/** Names of members that hold data of a person. */
const personalName =
  /mail|phone|mobile|tel$|^tel|name$|address|street|city|zip|postal|postcode|^ip|_ip|birth|gender|answer|text|note|comment|message|ssn|passport|token|secret|password|clid$|fb[cp]$|visitor|cookie|session/i;
/** Pointers to members that hold a time by their names. */
const timeName = /(?:[Tt]ime|[Dd]ate|stamp)[^/]*$|(?:[/_.]at|[a-z]At)$/;

const plainText = /^(?:[A-Za-z0-9][\w.:+-]{0,63}|https:\/\/[\w.-]+(?:\/[\w.~-]*)*)$/;

/** Digits that may be a phone number, of a text that may have others. */
const phoneDigits = /(?<![A-Za-z0-9])\d{9,15}(?!\d)/;
const maybeHash = /^[0-9a-f]{32,}$/i;
const maybeAddress = /^[0-9a-f]*:[0-9a-f.]*:[0-9a-f:.]*$/i;
/** The form of an IBAN, the number of a bank account. */
const maybeAccount = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/;
/** A web address with a step that may be a key, such as that to cancel an appointment. */
const maybeKey = /^https:.*\/(?=[^/]*\d)[\w~-]{20,}(?:\/|$)/;
/** The longest text that is described by its kind. */
const maxDescribed = 320;

function describeValue(value: unknown, isPersonal: boolean, isTime: boolean): Pick<BodyPlace, 'value' | 'isMasked'> {
  if (value === null) return { value: 'null', isMasked: false };
  if (typeof value === 'boolean') return { value: String(value), isMasked: false };
  if (typeof value === 'number')
    return isPersonal || (!isTime && phoneDigits.test(String(value)))
      ? { value: 'a number', isMasked: true }
      : { value: String(value), isMasked: false };
  const text = String(value);
  if (text === '') return { value: 'empty text', isMasked: false };
  const isHidden = [/^\+?[\d().-]{7,20}$/, phoneDigits, maybeHash, maybeAddress, maybeAccount, maybeKey].some((form) =>
    form.test(text),
  );
  const isCode = !isPersonal && plainText.test(text) && (isTime ? !maybeAddress.test(text) : !isHidden);
  return isCode ? { value: text, isMasked: false } : { value: describeText(text), isMasked: true };
}

function describeText(text: string): string {
  if (text.length <= maxDescribed && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) return 'an e-mail address';
  if (/^\+?[\d\s().-]{7,20}$/.test(text)) return 'a number or phone';
  return `text of ${text.length === 1 ? '1 character' : `${text.length} characters`}`;
}
