import { ApiError, type Issue } from '../../../api/client.ts';

/** What is wrong with which field, where the gateway said so. */
export function getFieldIssues(error: unknown): readonly Issue[] {
  return error instanceof ApiError ? error.issues : [];
}

/** Whether the issue is about the field or a part of it: `domains[0]` is of `domains`. */
export function concernsField(issue: Issue, field: string): boolean {
  return issue.field === field || issue.field.startsWith(`${field}.`) || issue.field.startsWith(`${field}[`);
}

/** What is to be read beside a field; absent where nothing is wrong with it. */
export function getFieldError(issues: readonly Issue[], field: string): string | undefined {
  const messages = issues.filter((issue) => concernsField(issue, field)).map(({ message }) => message);
  // The marks of names are for where they can be set as code.
  return messages.length === 0 ? undefined : [...new Set(messages)].join(' ').replaceAll('`', '');
}

/** Whether each issue stands beside one of these fields, so that nothing is left to say elsewhere. */
export function areAllShown(issues: readonly Issue[], fields: readonly string[]): boolean {
  return issues.length > 0 && issues.every((issue) => fields.some((field) => concernsField(issue, field)));
}
