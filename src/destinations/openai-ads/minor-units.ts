/** The number of decimals of a currency, as the ECMAScript runtime knows it from ISO 4217: 0 for JPY, 3 for KWD. */
const decimals = new Map<string, number>();

function getDecimals(currency: string): number {
  let known = decimals.get(currency);
  if (known === undefined) {
    const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
    known = maximumFractionDigits;
    // The codes are those of senders, so their number is bounded.
    if (decimals.size < 1_000) decimals.set(currency, known);
  }
  return known;
}

/**
 * Returns an amount in the currency's minor units, rounded half up: 129.99 USD is 12999. `undefined` if the amount is negative, or too large
 * for a whole number. That zero decimals are kept as they are is an assumption.
 * @source https://developers.openai.com/ads/api-reference (2026-09-11)
 * @param currency ISO 4217, upper case
 */
export function toMinorUnits(amount: number, currency: string): number | undefined {
  // A shift of the decimal text is exact, unlike a product: 1.005 * 100 is 100.49999999999999.
  const [digits, exponent = '0'] = String(amount).split('e');
  const shifted = Math.round(Number(`${digits}e${Number(exponent) + getDecimals(currency)}`));
  return shifted >= 0 && Number.isSafeInteger(shifted) ? shifted + 0 : undefined;
}
