/**
 * The codes that Node.js still lists after their currency was withdrawn.
 * @source https://www.iso.org/iso-4217-currency-codes.html (2026-01), List Three: codes for historic denominations
 */
const withdrawnCodes: readonly string[] = ['ANG', 'BGN', 'CUC', 'HRK', 'SLL', 'ZWL'];

/** The codes of ISO 4217 that are in use. */
const codes: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency').filter((code) => !withdrawnCodes.includes(code)));

/** Returns the ISO 4217 code of a currency in upper case; `undefined` for codes of no currency, such as `DOL`, `HRK` or `XXX`. */
export function parseCurrencyCode(text: string): string | undefined {
  const code = text.trim().toUpperCase();
  return codes.has(code) ? code : undefined;
}
