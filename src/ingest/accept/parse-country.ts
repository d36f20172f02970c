import { isSupportedCountry } from 'libphonenumber-js/min';

/** Codes that are in use though ISO 3166-1 writes another. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['UK', 'GB'],
  ['EL', 'GR'],
]);

const withoutPhones: ReadonlySet<string> = new Set(['AQ', 'BV', 'GS', 'HM', 'PN', 'TF', 'UM']);

/**
 * The country that a code means, as ISO 3166-1 alpha-2 in upper case; `undefined` for codes that are no country's, such as
 * `XX`, `ZZ`, `EU` or `T1`. All assigned countries but seven have a telephone plan of their own, so the phone library's
 * list is theirs, plus AC, TA and XK, which are places too. `Intl.DisplayNames` also names retired codes and groups.
 */
export function parseCountryCode(given: string): string | undefined {
  const upper = given.trim().toUpperCase();
  const code = aliases.get(upper) ?? upper;
  return isSupportedCountry(code) || withoutPhones.has(code) ? code : undefined;
}
