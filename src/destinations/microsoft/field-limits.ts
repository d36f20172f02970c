import type { z } from 'zod';
import type { Issue } from '../../event/issue.ts';

/** Reports an issue with one field. `what` is a sentence that continues after Microsoft's name of the field. */
export type ReportIssue = (code: string, what: string) => void;

/** Returns the reporter for one field: its path in the sender's spelling, and Microsoft's name. */
export type IssueReporter = (from: string, to: string) => ReportIssue;

export function createIssueReporter(issues: Issue[]): IssueReporter {
  return (field, to) => (code, what) => {
    issues.push({ field, code, message: `\`${to}\` ${what}` });
  };
}

/** Truncates a text for people. */
export function truncate(text: string | undefined, max: number, report: ReportIssue): string | undefined {
  if (text === undefined || text.length <= max) return text;
  report('text-shortened', `is sent shortened: it may have at most ${max} characters. Shorten it at its source.`);
  // Never cuts a surrogate pair: half of one is invalid JSON text to a strict parser.
  return text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '');
}

/** Returns the id if it is short enough. An id is never truncated, because a part of it would be another id. */
export function requireMaxLength(id: string | undefined, max: number, report: ReportIssue): string | undefined {
  if (id === undefined || id.length <= max) return id;
  report('id-too-long', `is not sent: an id may have at most ${max} characters. Use a shorter one.`);
  return undefined;
}

/** Returns the text if it has the required form. Microsoft removes values of another form. */
export function requirePattern(
  text: string | undefined,
  form: z.ZodType<string>,
  report: ReportIssue,
  code: string,
  what: string,
): string | undefined {
  if (text === undefined || form.safeParse(text).success) return text;
  report(code, `is not sent: ${what}`);
  return undefined;
}

/**
 * Limits an amount of money, or a goal's value, to three decimals. The API documents no limits: 0 to 999,999,999,999 with three
 * decimals are the limits of the browser tag (an assumption).
 */
export function limitAmount(given: number | undefined, report: ReportIssue, ifNegative = 'Leave it out.'): number | undefined {
  if (given === undefined) return undefined;
  if (given < 0) {
    report('negative', `is not sent: it must be 0 or more. ${ifNegative}`);
    return undefined;
  }
  if (given > largestAmount) {
    report('too-large', 'is not sent: it must be at most 999,999,999,999. Send it in whole units of the currency.');
    return undefined;
  }
  const rounded = Math.round(given * 1_000) / 1_000;
  // Tolerates floating-point error, as in 0.1 + 0.2.
  if (Math.abs(rounded - given) > 1e-6)
    report('rounded', 'is sent rounded: it may have at most three decimals. Round it yourself.');
  // Adding zero turns -0, which JSON cannot represent, into 0.
  return rounded + 0;
}

const largestAmount = 999_999_999_999;

/** Limits a whole number. The API documents `int`, which is assumed to have 32 bits. */
export function limitCount(given: number | undefined, report: ReportIssue): number | undefined {
  if (given === undefined || (Number.isInteger(given) && given >= 0 && given <= 2_147_483_647)) return given;
  report('count-invalid', 'is not sent: it must be a whole number from 0 to 2,147,483,647. Correct it at its source.');
  return undefined;
}
