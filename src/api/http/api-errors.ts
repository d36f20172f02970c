import type { ErrorCode } from '../../errors.ts';
import type { Issue } from '../../event/issue.ts';

/** The HTTP status of each error code of the API. */
export const errorStatus = {
  'parameter-invalid': 400,
  'person-key': 400,
  'socket-only': 403,
  'dashboard-only': 403,
  'owner-only': 403,
  'editor-only': 403,
  'not-found': 404,
  'no-such-account': 404,
  'no-such-site': 404,
  'no-such-connection': 404,
  'no-such-event': 404,
  'no-such-key': 404,
  'no-such-export': 404,
  'no-such-invitation': 404,
  'no-such-link': 404,
  'not-connected': 404,
  'no-such-channel': 404,
  'no-such-issue': 404,
  'no-such-view': 404,
  'no-such-hook': 404,
  'no-such-import': 404,
  'too-many-views': 409,
  'account-exists': 409,
  'issue-ended': 409,
  'owner-needed': 409,
  'erasure-running': 409,
  'live-endpoint': 409,
  'site-exists': 409,
  'file-made': 409,
  'changed-meanwhile': 409,
  'import-elsewhere': 409,
  'move-running': 409,
  'redirect-insecure': 409,
  'too-many-keys': 409,
  'replay-running': 409,
  'backup-running': 409,
  'backup-elsewhere': 409,
  'secrets-key-given': 409,
  'page-unreadable': 422,
  'platform-refused': 422,
  'rate-limited': 429,
  internal: 500,
  'not-applied': 500,
  'database-away': 503,
  'site-elsewhere': 503,
  'command-unfinished': 504,
  'erasure-stopped': 503,
  'not-accepting': 503,
  'secrets-key-unusable': 503,
  'backup-no-room': 507,
} as const satisfies Partial<Record<ErrorCode, number>>;

export type ApiErrorCode = keyof typeof errorStatus;

/** The result of a request that failed. */
export class ApiErrorResult<Code extends ApiErrorCode = ApiErrorCode> {
  readonly code: Code;
  readonly issues: readonly Issue[] | undefined;
  constructor(code: Code, issues?: readonly Issue[]) {
    this.code = code;
    this.issues = issues;
  }
}

/** Creates the issue of an invalid parameter. The rule completes "must be". */
export function createParameterIssue(field: string, rule: string, remedy = 'Correct it, or omit it.'): Issue {
  return { field, code: 'parameter-invalid', message: `\`${field}\` must be ${rule}. ${remedy}` };
}
