import { parsePhone } from './normal-forms.ts';

/** The replacement of removed personal data. */
export const redactionMark = '[removed]';

/** An at sign, plain or percent-encoded any number of times, between a character of a user part and a domain's first label. */
const atSign =
  /(?<=[\p{L}\p{N}\p{M}._+'!$*^`{|}~-]|%[0-9a-f]{2})(?:@|%(?:25)*40)(?=[\p{L}\p{N}][\p{L}\p{N}\p{M}-]{0,62}(?:\.|%(?:25)*2e))/giu;
const userCharacter = /[\p{L}\p{N}\p{M}\p{Cs}._+'!$*^`{|}~-]/u;
const domainRun = /(?:[\p{L}\p{N}\p{M}.-]|%(?:25)*2e)*/iuy;
const encodedDot = /%(?:25)*2e/gi;
const topLevel = /\.\p{L}[\p{L}\p{N}-]/u;

/** Returns the start of the user part before `at`, not before `from`. Percent-encoded characters of a name belong to it. */
function findUserStart(text: string, from: number, at: number): number {
  let start = at;
  while (start > from) {
    const encoded = start - from >= 3 && /^%[0-9a-f]{2}$/i.test(text.slice(start - 3, start));
    if (encoded) {
      const code = Number.parseInt(text.slice(start - 2, start), 16);
      if (code < 0x80 && !userCharacter.test(String.fromCharCode(code))) break;
      start -= 3;
    } else if (userCharacter.test(text.charAt(start - 1))) start--;
    else break;
  }
  return start;
}

/** Removes everything that looks like an e-mail address. Takes linear time for any text. */
export function removeEmails(text: string): string {
  if (!text.includes('@') && !text.includes('%')) return text;
  let clean = '';
  let copiedTo = 0;
  for (const match of text.matchAll(atSign)) {
    if (match.index < copiedTo) continue;
    const domainFrom = match.index + match[0].length;
    domainRun.lastIndex = domainFrom;
    const domain = (domainRun.exec(text)?.[0] ?? '').replace(/[.-]{1,8}$/, '');
    const start = findUserStart(text, copiedTo, match.index);
    if (start === match.index || !topLevel.test(domain.replace(encodedDot, '.'))) continue;
    clean += text.slice(copiedTo, start) + redactionMark;
    copiedTo = domainFrom + domain.length;
  }
  return clean + text.slice(copiedTo);
}

/** Returns whether a text holds an e-mail address, judged by its form. */
export function containsEmail(text: string): boolean {
  return removeEmails(text) !== text;
}

/** Digits with the punctuation of phone numbers after a plus sign, plain or percent-encoded, or after the scheme `tel:`. */
const internationalNumber =
  /(?<![\p{L}\p{N}])(?:\+|%(?:25)*2b)(?:[\d().\-/]|%(?:25)*2[0-9]){7,40}(?![\p{L}\p{N}])|\btel:[+\d().\-/]{7,40}/giu;

/**
 * Returns whether a text plainly holds a phone number: a possible one with a plus sign and a country code, or one after `tel:`. Digits without
 * either may be a customer's number.
 */
export function containsPhoneNumber(text: string): boolean {
  if (!/\+|%|tel:/i.test(text)) return false;
  return Array.from(text.matchAll(internationalNumber)).some(([found]) => {
    const digits = found.replace(/%(?:25)*[0-9a-f]{2}/gi, '').replace(/\D/g, '');
    return /^tel:/i.test(found) ? digits.length >= 7 : parsePhone(`+${digits}`) !== undefined;
  });
}

/** Returns whether a visitor id is an e-mail address or a phone number by its form, so that it must not be stored. */
export function isPersonalVisitorId(id: string): boolean {
  return containsEmail(id) || containsPhoneNumber(id);
}
