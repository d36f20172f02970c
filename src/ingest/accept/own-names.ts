import { isHashLike } from '../../identity/hashing.ts';
import { redactionMark } from '../../identity/personal-text.ts';

/**
 * Returns what matches the shopper's own names and street as whole words, in any case; `undefined` if all of them are short or hashed. It is
 * built for the first text that needs it. `undefined` if the event states none.
 */
export type OwnNames = (() => RegExp | undefined) | undefined;

/** A shorter name is also a part of other words' meaning, such as `Jo` or `An`. */
const fewestLetters = 4;
const word = /[\p{L}\p{N}\p{M}]+/gu;
/** The characters between two words of a name. */
const gap = '[^\\p{L}\\p{N}\\p{M}]{1,8}';

function hasEnoughLetters(text: string): boolean {
  return (text.match(/\p{L}/gu)?.length ?? 0) >= fewestLetters;
}

interface NamedUser {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly address?: { readonly street?: string };
}

/** Returns the names to search for: first and last name with each of their words, and the street as a whole. */
export function getOwnNames(user: NamedUser): OwnNames {
  const { firstName, lastName, address } = user;
  if (firstName === undefined && lastName === undefined && address?.street === undefined) return undefined;
  let built: { readonly names: RegExp | undefined } | undefined;
  return () => {
    built ??= { names: buildNames(user) };
    return built.names;
  };
}

function buildNames({ firstName, lastName, address }: NamedUser): RegExp | undefined {
  const found = new Set<string>();
  for (const name of [firstName, lastName, address?.street]) {
    if (name === undefined || isHashLike(name)) continue;
    const words = name.slice(0, 256).match(word) ?? [];
    const parts = name === address?.street ? [] : words.map((one) => [one]);
    for (const part of [words, ...parts]) if (hasEnoughLetters(part.join(''))) found.add(part.join(' '));
  }
  if (found.size === 0) return undefined;
  const spellings = [...found].flatMap((name) => [...new Set([name.normalize('NFC'), name.normalize('NFD')])]);
  // The longest is first, so that a whole name is replaced once. Words have no characters of regular expressions.
  const choices = spellings.toSorted((one, other) => other.length - one.length).map((name) => name.split(' ').join(gap));
  return new RegExp(`(?<![\\p{L}\\p{N}\\p{M}])(?:${choices.join('|')})(?![\\p{L}\\p{N}\\p{M}])`, 'giu');
}

/** Removes the shopper's names from a text. */
export function removeOwnNames(text: string, names: OwnNames): string {
  const found = names?.();
  return found ? text.replace(found, redactionMark) : text;
}

/** A parameter of a query or fragment, or the path of a fragment. */
const part = /([?#&;])([^?#&;]*)/g;

/** Removes the shopper's names from the values of a URL's query and fragment, and never from its paths: a product may have the name. */
export function removeNamesFromQuery(url: string, names: OwnNames): string {
  const from = names ? url.search(/[?#]/) : -1;
  if (from < 0) return url;
  const query = url.slice(from).replace(part, (whole, before: string, text: string) => {
    const end = text.indexOf('=') + 1;
    // A fragment without a value may be the path of a page.
    return end === 0 && before === '#' ? whole : before + text.slice(0, end) + removeNamesFromValue(text.slice(end), names);
  });
  return url.slice(0, from) + query;
}

/** Removes the shopper's names from a property's text, which may be the address of a page. */
export function removeNamesFromProperty(text: string, names: OwnNames): string {
  return names && /^https?:\/\//i.test(text) ? removeNamesFromQuery(text, names) : removeOwnNames(text, names);
}

function removeNamesFromValue(value: string, names: OwnNames): string {
  if (!value.includes('%')) return removeOwnNames(value, names);
  const plain = decode(value);
  const clean = removeOwnNames(plain, names);
  return clean === plain ? value : encodeURIComponent(clean).replaceAll(encodeURIComponent(redactionMark), redactionMark);
}

const mostEncodings = 4;

const escapedByte = /%[0-9a-f]{2}/i;

/** Decodes a value that was encoded up to four times. Bytes that are not UTF-8 count as Latin-1. */
function decode(value: string): string {
  let text = value.replaceAll('+', '%20');
  for (let round = 0; round < mostEncodings && escapedByte.test(text); round++) {
    try {
      text = decodeURIComponent(text);
    } catch {
      text = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    }
  }
  return text;
}
