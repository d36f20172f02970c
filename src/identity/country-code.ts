import { isSupportedCountry } from 'libphonenumber-js/min';

/** Codes that are in use instead of the ISO 3166-1 code. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['UK', 'GB'],
  ['EL', 'GR'],
]);

const withoutPhones: ReadonlySet<string> = new Set(['AQ', 'BV', 'GS', 'HM', 'PN', 'TF', 'UM']);

/**
 * Returns the ISO 3166-1 alpha-2 code of a country in upper case; `undefined` for codes of no country, such as `XX`, `ZZ`, `EU` or `T1`.
 * All assigned countries but seven have a telephone plan of their own, so the phone library's list contains them, and also AC, TA and XK,
 * which are places too. `Intl.DisplayNames` is no such list: it also names retired codes and groups.
 */
export function parseCountryCode(text: string): string | undefined {
  const upper = text.trim().toUpperCase();
  const code = aliases.get(upper) ?? upper;
  return isSupportedCountry(code) || withoutPhones.has(code) ? code : undefined;
}
