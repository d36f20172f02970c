import { ApiError } from '../../../api/client.ts';

/** What was refused, beside the field that it is about; `rest` where it is about none. */
export interface Problems {
  readonly name?: string;
  readonly password?: string;
  readonly role?: string;
  readonly rest?: Error;
}

const fields = ['name', 'password', 'role'] as const;

export function problemsOf(error: Error | null): Problems {
  if (error === null) return {};
  if (!(error instanceof ApiError)) return { rest: error };
  if (error.code === 'account-exists') return { name: error.message };
  const found = fields.flatMap((field) => {
    const issue = error.issues.find((one) => one.field === field);
    return issue ? [[field, issue.message] as const] : [];
  });
  return found.length === 0 ? { rest: error } : Object.fromEntries(found);
}
