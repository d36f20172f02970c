import { type Fields, isFields } from '../../kit/fields.ts';

/** Returns the amount as a decimal with its currency, such as `125.40 USD`; empty if there is none. */
export function formatValue({ data }: Fields): string {
  const { amount, currency } = isFields(data) ? data : {};
  if (typeof amount !== 'number' || typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) return '';
  return `${toDecimal(amount, currency)} ${currency}`;
}

/** Returns an amount in minor units as a decimal: 12999 USD is 129.99. */
export function toDecimal(amount: number, currency: string): string {
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  return (amount / 10 ** maximumFractionDigits).toFixed(maximumFractionDigits);
}
