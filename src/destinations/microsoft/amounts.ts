import type { ReportIssue } from '../kit/mapping/field-limits.ts';

/**
 * Limits an amount of money, or a goal's value, to three decimals. The API documents no limits: 0 to 999,999,999,999 with three
 * decimals are the limits of the browser tag (an assumption).
 */
export function limitAmount(input: number | undefined, report: ReportIssue, ifNegative = 'Leave it out.'): number | undefined {
  if (input === undefined) return undefined;
  if (input < 0) {
    report('negative', `is not sent: it must be 0 or more. ${ifNegative}`);
    return undefined;
  }
  if (input > largestAmount) {
    report('too-large', 'is not sent: it must be at most 999,999,999,999. Send it in whole units of the currency.');
    return undefined;
  }
  const rounded = Math.round(input * 1_000) / 1_000;
  // Tolerates floating-point error, as in 0.1 + 0.2.
  if (Math.abs(rounded - input) > 1e-6)
    report('rounded', 'is sent rounded: it may have at most three decimals. Round it yourself.');
  // Adding zero turns -0, which JSON cannot represent, into 0.
  return rounded + 0;
}

const largestAmount = 999_999_999_999;
