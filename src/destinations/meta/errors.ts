import type { Issue } from '../../event/issue.ts';

/** The members of Meta's error that decide what it means. Its texts for people are in the language of the token's owner. */
export interface GraphError {
  readonly code: number;
  readonly error_subcode?: number | undefined;
  readonly is_transient?: boolean | undefined;
  readonly message?: string | undefined;
}

/**
 * The meaning of one kind of error.
 * - `retry`: Meta has a problem, or too many requests came.
 * - `blocked`: the connection has a problem. `mayBeContent` as in `ResponseVerdict`.
 * - `content`: an event has a problem, and Meta processed none of the request.
 */
export type ErrorRule = {
  /** The rule's name in tests. */
  readonly id: string;
  /** The codes, or code and subcode, as people see them. */
  readonly codes: readonly string[];
  /** The section of the troubleshooting guide. */
  readonly section: string;
  matches(error: GraphError): boolean;
} & (
  | { readonly verdict: 'retry'; readonly reason: string }
  | { readonly verdict: 'blocked'; readonly issue: Issue; readonly mayBeContent?: true }
  | { readonly verdict: 'content'; readonly reason: string }
);

const invalidParameter = 100;

const hasCode =
  (...codes: readonly number[]) =>
  ({ code }: GraphError) =>
    codes.includes(code);
const hasCodeBetween =
  (first: number, last: number) =>
  ({ code }: GraphError) =>
    code >= first && code <= last;
const hasSubcode =
  (subcode: number | undefined) =>
  ({ code, error_subcode }: GraphError) =>
    code === invalidParameter && error_subcode === subcode;

/**
 * Meta's errors by code and subcode. The first rule that matches counts. Most of them are answered with status 400, throttling included, so
 * the code decides before the status.
 * @source https://developers.facebook.com/docs/marketing-api/error-reference (2026-09-12), and for subcodes the errors that senders published
 */
export const errorRules: readonly ErrorRule[] = [
  {
    id: 'transient',
    codes: ['is_transient'],
    section: 'errors-1-2-5000-21009-and-is_transient',
    matches: ({ is_transient }) => is_transient === true,
    verdict: 'retry',
    reason: 'a temporary problem',
  },
  {
    id: 'token',
    codes: ['190', '102'],
    section: 'errors-190-and-102',
    // 460, 463 and 467 are subcodes: the password was changed, the token expired, or it is not valid.
    matches: hasCode(190, 102),
    verdict: 'blocked',
    issue: {
      field: 'settings.token',
      code: 'token-refused',
      message:
        'Meta does not accept the access token (190): it is incomplete, expired or withdrawn. In Events Manager, open the dataset, then Settings > Conversions API > Generate access token, and set the new token. Events wait meanwhile.',
    },
  },
  {
    id: 'signature',
    codes: ['104'],
    section: 'error-104',
    // Assumption: the code is known from the Graph API, not from events.
    matches: hasCode(104),
    verdict: 'blocked',
    issue: {
      field: 'settings.token',
      code: 'proof-required',
      message:
        "The token's app requires `appsecret_proof` (104), which Convey does not send. Generate a token in Events Manager, or switch “Require App Secret” off in the app's settings. Events wait meanwhile.",
    },
  },
  {
    id: 'version',
    codes: ['2635'],
    section: 'error-2635',
    // Assumption: the code is known from the Marketing API, not from events.
    matches: hasCode(2635),
    verdict: 'blocked',
    issue: {
      field: 'settings.apiVersion',
      code: 'version-ended',
      message:
        'Meta no longer accepts this version of the Graph API (2635). Update Convey, or set `apiVersion` to a current version. Events wait meanwhile.',
    },
  },
  {
    id: 'policy',
    codes: ['368'],
    section: 'error-368',
    matches: hasCode(368),
    verdict: 'blocked',
    issue: {
      field: 'settings.token',
      code: 'blocked-for-policy',
      message:
        'Meta blocks this account for its policies (368). Check Account Quality in Meta Business Suite, and ask for a review. Events wait meanwhile.',
    },
  },
  {
    id: 'dataset',
    codes: ['100/33'],
    section: 'error-10033',
    matches: hasSubcode(33),
    verdict: 'blocked',
    issue: {
      field: 'settings.datasetId',
      code: 'dataset-not-found',
      message:
        'Meta knows no such dataset for this token (100/33): `datasetId` is wrong, or the token belongs to another dataset. Copy both from the settings of the same dataset in Events Manager. Events wait meanwhile.',
    },
  },
  {
    id: 'parameter-permission',
    codes: ['100'],
    section: 'errors-3-10-100-and-200-to-299',
    // Code 100 also has this second meaning. `message` is always English, unlike the texts for people.
    matches: ({ code, error_subcode, message = '' }) =>
      code === invalidParameter && error_subcode === undefined && /permission/i.test(message),
    verdict: 'blocked',
    mayBeContent: true,
    issue: noPermission(100),
  },
  {
    id: 'permission-3',
    codes: ['3'],
    section: 'errors-3-10-100-and-200-to-299',
    matches: hasCode(3),
    verdict: 'blocked',
    issue: noPermission(3),
  },
  {
    id: 'permission-10',
    codes: ['10'],
    section: 'errors-3-10-100-and-200-to-299',
    matches: hasCode(10),
    verdict: 'blocked',
    issue: noPermission(10),
  },
  {
    id: 'permission-200',
    codes: ['200 to 299'],
    section: 'errors-3-10-100-and-200-to-299',
    matches: hasCodeBetween(200, 299),
    verdict: 'blocked',
    issue: noPermission(200),
  },
  {
    id: 'path',
    codes: ['803', '2500'],
    section: 'errors-803-and-2500',
    matches: hasCode(803, 2500),
    verdict: 'blocked',
    issue: {
      field: 'settings.datasetId',
      code: 'path-not-found',
      message:
        'Meta knows no such address. Compare `datasetId` with the ID in Events Manager, and leave `apiVersion` and `endpoint` out unless you need others. Events wait meanwhile.',
    },
  },
  {
    id: 'throttled',
    codes: ['4', '17', '32', '341', '613', '80000 to 80014'],
    section: 'errors-4-17-32-341-613-and-80000-to-80014',
    matches: (error) => hasCode(4, 17, 32, 341, 613)(error) || hasCodeBetween(80_000, 80_014)(error),
    verdict: 'retry',
    reason: 'too many requests',
  },
  {
    id: 'temporary',
    codes: ['1', '2', '5000', '21009'],
    section: 'errors-1-2-5000-21009-and-is_transient',
    // 21009: the dataset is temporarily not ready.
    matches: (error) => hasCode(1, 2, 5000, 21_009)(error) || error.code < 0,
    verdict: 'retry',
    reason: 'a temporary problem',
  },
  {
    id: 'too-old',
    codes: ['100/2804003'],
    section: 'error-1002804003',
    matches: hasSubcode(2_804_003),
    verdict: 'content',
    reason: 'The event is older than 7 days. No action needed if Convey was stopped for days; otherwise check its clock.',
  },
  {
    id: 'value',
    codes: ['100/2804009'],
    section: 'error-1002804009',
    matches: hasSubcode(2_804_009),
    verdict: 'content',
    reason: 'A Purchase has no value. Send `commerce.value` with each purchase.',
  },
  {
    id: 'parameter',
    codes: ['100/2804019'],
    section: 'error-1002804019',
    matches: hasSubcode(2_804_019),
    verdict: 'content',
    reason: 'A field has a wrong form. Correct the field that Meta names.',
  },
  {
    id: 'identity',
    codes: ['100/2804050'],
    section: 'error-1002804050',
    matches: hasSubcode(2_804_050),
    verdict: 'content',
    reason: 'The event has too little customer information. Send an e-mail, a phone number or the `_fbp` cookie.',
  },
  {
    id: 'data-processing',
    codes: ['100/2804030'],
    section: 'error-1002804030',
    matches: hasSubcode(2_804_030),
    verdict: 'content',
    reason: "The data processing options do not fit the event. Send the shopper's address as `user.ip`.",
  },
  {
    id: 'events',
    codes: ['100/2804000 to 100/2804999'],
    section: 'errors-1002804000-to-1002804999',
    matches: ({ code, error_subcode = 0 }) => code === invalidParameter && isEventSubcode(error_subcode),
    verdict: 'content',
    reason: 'Meta refused the event for its content. Compare its payload with the rules of the Conversions API.',
  },
  {
    id: 'invalid',
    codes: ['100'],
    section: 'error-100',
    // Subcodes 34 and 38, and others whose meaning is not known.
    matches: hasCode(invalidParameter),
    verdict: 'content',
    reason: 'Meta refused the event as invalid. Compare its payload with the rules of the Conversions API.',
  },
];

/** Returns the meaning of an error; `undefined` for an unknown code. */
export function findErrorRule(error: GraphError): ErrorRule | undefined {
  return errorRules.find(({ matches }) => matches(error));
}

/** Returns the section of the troubleshooting guide about an issue by its code: `190`, `token-refused` or `100/2804003`. */
export function findErrorSection(issueCode: string): string | undefined {
  const named = errorRules.find((rule) => rule.verdict === 'blocked' && rule.issue.code === issueCode);
  if (named) return named.section;
  const [, code, subcode] = /^(-?\d+)(?:\/(\d+))?$/.exec(issueCode) ?? [];
  if (code === undefined) return undefined;
  return findErrorRule({ code: Number(code), ...(subcode !== undefined && { error_subcode: Number(subcode) }) })?.section;
}

/** Returns whether the subcode is one of the check of events, which Meta does after the check of the token and the dataset. */
export function isEventSubcode(subcode: number): boolean {
  return subcode >= 2_804_000 && subcode <= 2_804_999;
}

function noPermission(code: number): Issue {
  return {
    field: 'settings.token',
    code: 'access-refused',
    message: `The token may not send events to this dataset (${code}). Generate a token in the settings of this dataset in Events Manager, or assign the dataset to the token's system user. Events wait meanwhile.`,
  };
}
