import { parseCurrencyCode } from './currency-code.ts';

/**
 * Currencies whose smallest unit is not a hundredth. Stripe and most services write amounts in the smallest unit.
 * @source https://docs.stripe.com/currencies (2026-11): zero-decimal and three-decimal currencies. The page lists UGX without decimals, yet its
 * own note says that its amounts are written in hundredths: Convey assumes the note.
 */
const zeroDecimals: readonly string[] = [
  ...['BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'],
];
const threeDecimals: readonly string[] = ['BHD', 'JOD', 'KWD', 'OMR', 'TND'];

/** Converts an amount of the smallest unit to one of the currency's main unit; `undefined` if the currency is not known. */
export function toMajorUnits(amount: number, currency: string): number | undefined {
  const code = parseCurrencyCode(currency);
  if (code === undefined) return undefined;
  const decimals = zeroDecimals.includes(code) ? 0 : threeDecimals.includes(code) ? 3 : 2;
  return amount / 10 ** decimals;
}
