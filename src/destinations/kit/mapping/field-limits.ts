import type { Issue } from '../../../event/issue.ts';
import type { TextForm } from './text-forms.ts';
import { isWebUrl, withoutQuery } from './web-url.ts';

/** Reports an issue with one field. `what` is a sentence that continues after the platform's name of the field. */
export type ReportIssue = (code: string, what: string) => void;

/** Returns the reporter for one field: its path in the sender's spelling, and the platform's name. */
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

/** Returns the text if it has the required form. */
export function requirePattern(
  text: string | undefined,
  form: TextForm,
  report: ReportIssue,
  code: string,
  what: string,
): string | undefined {
  if (text === undefined || form.test(text)) return text;
  report(code, `is not sent: ${what}`);
  return undefined;
}

/** Limits a whole number to 32 bits. A platform that documents `int` may refuse a larger one (an assumption). */
export function limitCount(input: number | undefined, report: ReportIssue): number | undefined {
  if (input === undefined || (Number.isInteger(input) && input >= 0 && input <= 2_147_483_647)) return input;
  report('count-invalid', 'is not sent: it must be a whole number from 0 to 2,147,483,647. Correct it at its source.');
  return undefined;
}

/** Returns the URL if it is absolute and short enough. If only its query is too long, the URL is returned without it. */
export function limitUrl(value: string | undefined, max: number, report: ReportIssue): string | undefined {
  if (value === undefined) return undefined;
  const url = value.length > max ? withoutQuery(value) : value;
  if (url.length > max || !isWebUrl(url)) {
    report(
      'url-invalid',
      `is not sent: it must be an absolute http or https URL of at most ${max} characters. Send the whole URL.`,
    );
    return undefined;
  }
  if (url !== value)
    report('url-shortened', `is sent without its query: it may have at most ${max} characters. Shorten the query.`);
  return url;
}
