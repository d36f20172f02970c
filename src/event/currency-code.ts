/** The codes of ISO 4217 that are in use, as Node.js knows them. */
const codes: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Returns the ISO 4217 code of a currency in upper case; `undefined` for codes of no currency, such as `DOL`, `QQQ` or `XXX`. */
export function parseCurrencyCode(text: string): string | undefined {
  const code = text.trim().toUpperCase();
  return codes.has(code) ? code : undefined;
}
