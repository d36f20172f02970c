import { ApiError, type Issue } from '../../../api/client.ts';
import { removeBackticks } from '../display/format.ts';

/** Returns the issues of an API error by field. */
export function getFieldIssues(error: unknown): readonly Issue[] {
  return error instanceof ApiError ? error.issues : [];
}

/** Returns whether the issue concerns the field or an item of it: `domains[0]` belongs to `domains`. */
export function concernsField(issue: Issue, field: string): boolean {
  return issue.field === field || issue.field.startsWith(`${field}.`) || issue.field.startsWith(`${field}[`);
}

/** Returns the message to show at a field, without its name, or `undefined` if it has no issue. */
export function getFieldError(issues: readonly Issue[], field: string): string | undefined {
  const messages = issues
    .filter((issue) => concernsField(issue, field))
    .map(({ message, field: name }) => removeName(message.replace(`\`${name}\`: `, ''), name));
  return messages.length === 0 ? undefined : removeBackticks([...new Set(messages)].join(' '));
}

/** Returns the rest of a message that begins with the name of its field, because the field has a label. */
function removeName(message: string, field: string): string {
  const rest = message.startsWith(`\`${field}\` `) ? message.slice(field.length + 3) : message;
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

/** Returns the issues whose fields still have the value that was sent. The others were corrected since. */
export function listUncorrected(issues: readonly Issue[], sent: unknown, current: unknown): readonly Issue[] {
  return issues.filter(({ field }) => {
    const path = field.split(/[.[\]]+/).filter((name) => name !== '');
    return JSON.stringify(readPath(sent, path)) === JSON.stringify(readPath(current, path));
  });
}

function readPath(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined || typeof value !== 'object' || value === null) return value;
  return readPath(Object.entries(value).find(([key]) => key === name)?.[1], rest);
}

/** Returns whether one of the fields shows each issue, so that no further message is needed. */
export function areAllShown(issues: readonly Issue[], fields: readonly string[]): boolean {
  return issues.length > 0 && issues.every((issue) => fields.some((field) => concernsField(issue, field)));
}
