/** Returns an amount of 0 or more as plain decimal digits: no exponent, no zeros at the end. Pinterest parses it into a double. */
export function formatAmount(amount: number): string {
  if (amount >= 1e21) return BigInt(amount).toString();
  const text = String(amount);
  const digits = text.includes('e') ? amount.toFixed(20) : text;
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}
