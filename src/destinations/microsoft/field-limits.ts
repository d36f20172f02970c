import type { z } from 'zod';
import type { Issue } from '../../event/issue.ts';

/** Says what became of one field, and why: `code`, and a sentence that goes on after Microsoft's name of the field. */
export type ReportIssue = (code: string, what: string) => void;

/** Where a field came from, in the sender's spelling, and what Microsoft calls it. */
export type IssueReporter = (from: string, to: string) => ReportIssue;

export function createIssueReporter(issues: Issue[]): IssueReporter {
  return (field, to) => (code, what) => {
    issues.push({ field, code, message: `\`${to}\` ${what}` });
  };
}

/** Text for people: what is too long is cut. */
export function truncate(text: string | undefined, max: number, tell: ReportIssue): string | undefined {
  if (text === undefined || text.length <= max) return text;
  tell('text-shortened', `is sent shortened: it may have at most ${max} characters. Shorten it at its source.`);
  // Not in the middle of a character: half a surrogate pair is no valid JSON text to a strict reader.
  return text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '');
}

/** An id: whole or not at all, since a part of it would be another id. */
export function wholeId(id: string | undefined, max: number, tell: ReportIssue): string | undefined {
  if (id === undefined || id.length <= max) return id;
  tell('id-too-long', `is not sent: an id may have at most ${max} characters. Use a shorter one.`);
  return undefined;
}

/** What has to have a form, or Microsoft strips it. */
export function requirePattern(
  text: string | undefined,
  form: z.ZodType<string>,
  tell: ReportIssue,
  code: string,
  what: string,
): string | undefined {
  if (text === undefined || form.safeParse(text).success) return text;
  tell(code, `is not sent: ${what}`);
  return undefined;
}

/**
 * An amount of money, or what a goal counts, with at most three decimals. The API states no bounds: 0 to 999,999,999,999 with
 * three decimals is what the browser tag takes (an assumption).
 */
export function limitAmount(given: number | undefined, tell: ReportIssue, ifNegative = 'Leave it out.'): number | undefined {
  if (given === undefined) return undefined;
  if (given < 0) {
    tell('negative', `is not sent: it must be 0 or more. ${ifNegative}`);
    return undefined;
  }
  if (given > largestAmount) {
    tell('too-large', 'is not sent: it must be at most 999,999,999,999. Send it in whole units of the currency.');
    return undefined;
  }
  const rounded = Math.round(given * 1_000) / 1_000;
  // What arithmetic leaves behind, as in 0.1 + 0.2, is nobody's figure.
  if (Math.abs(rounded - given) > 1e-6)
    tell('rounded', 'is sent rounded: it may have at most three decimals. Round it yourself.');
  // Adding zero turns -0, which JSON cannot hold, into 0.
  return rounded + 0;
}

const largestAmount = 999_999_999_999;

/** A number of whole things. The API says `int`, which is read as one of 32 bits (an assumption). */
export function limitCount(given: number | undefined, tell: ReportIssue): number | undefined {
  if (given === undefined || (Number.isInteger(given) && given >= 0 && given <= 2_147_483_647)) return given;
  tell('count-invalid', 'is not sent: it must be a whole number from 0 to 2,147,483,647. Correct it at its source.');
  return undefined;
}
