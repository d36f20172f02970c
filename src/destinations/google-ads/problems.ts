import type { Issue } from '../../event/issue.ts';

/** A reason by which Google refuses a request because of the connection, whatever its events are. */
export interface ConnectionProblem {
  readonly field: string;
  readonly message: string;
}

const events = 'Events wait meanwhile.';
const termsRemedy = `Accept the customer data terms in Google Ads: Goals > Settings > Customer data terms. Or set \`matchBy\` to \`click-ids\`. ${events}`;

/**
 * The problems of a connection by Google's reason.
 * @source https://github.com/googleapis/googleapis/blob/master/google/ads/datamanager/v1/error.proto (2026-08-22)
 */
export const connectionProblems: Readonly<Record<string, ConnectionProblem>> = {
  INVALID_CONVERSION_ACTION_ID: {
    field: 'settings.conversions',
    message: `A number in \`conversions\` is no conversion action of this account. Copy \`ctId\` from the address of the action's page. ${events}`,
  },
  INVALID_CONVERSION_ACTION_TYPE: {
    field: 'settings.conversions',
    message: `A conversion action has another type than its kind needs. Use \`website\` for “Website” and \`import\` for “Website (Import from clicks)”. ${events}`,
  },
  EVENT_SOURCE_AND_DESTINATION_MISMATCH: {
    field: 'settings.conversions',
    message: `A conversion action takes no events of a website. Bind the event to an action of the type “Website” or “Website (Import from clicks)”. ${events}`,
  },
  INVALID_NUMBER_FORMAT: {
    field: 'settings.customerId',
    message: `Google reads an id as no number. Check \`customerId\`, \`loginCustomerId\` and \`conversions\`. ${events}`,
  },
  DESTINATION_ACCOUNT_TYPE_MISMATCH: {
    field: 'settings.customerId',
    message: `\`customerId\` is no Google Ads account that owns conversions. If cross-account tracking is used, set the manager's ID. ${events}`,
  },
  OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH: {
    field: 'settings.loginCustomerId',
    message: `The manager in \`loginCustomerId\` does not manage the account in \`customerId\`. Correct one of them. ${events}`,
  },
  NOT_ALLOWLISTED: {
    field: 'settings.conversions',
    message: `Google does not yet accept this kind of conversion from this account. Ask Google, or set the event's kind to \`import\`. ${events}`,
  },
  TERMS_AND_CONDITIONS_NOT_SIGNED: {
    field: 'settings.customerId',
    message: `The account has not accepted the terms that this needs. Accept them in Google Ads: Goals > Settings. ${events}`,
  },
  EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED: {
    field: 'settings.customerId',
    message: `The account has to declare whether it has EU political ads. Declare it in Google Ads: Admin > Account settings. ${events}`,
  },
  DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED: {
    field: 'settings.matchBy',
    message: `The account has not accepted the customer data terms, so Google takes no hashed data. ${termsRemedy}`,
  },
  DESTINATION_ACCOUNT_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS: {
    field: 'settings.matchBy',
    message: `Google's policy forbids hashed data for this account. Set \`matchBy\` to \`click-ids\`. ${events}`,
  },
  DESTINATION_ACCOUNT_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS: {
    field: 'settings.matchBy',
    message: `Enhanced conversions for leads is off in this account, so Google takes no hashed data. ${termsRemedy}`,
  },
};

/** The problems that a status without such a reason means. */
export const statusProblems: Readonly<Record<number, Issue>> = {
  401: {
    field: 'settings.credential',
    code: 'token-refused',
    message: `Google does not accept the access token. Set the service account or connect Google again. ${events}`,
  },
  403: {
    field: 'settings.credential',
    code: 'permission-denied',
    message: `The credential has no access (403). Enable the Data Manager API in its Google Cloud project, and add its user to the Google Ads account. ${events}`,
  },
  404: {
    field: 'settings.customerId',
    code: 'not-found',
    message: `Google finds no such account or conversion action for this credential (404). Check \`customerId\` and \`conversions\`. ${events}`,
  },
};

/** Refusals with status 403, by reason. */
export const permissionProblems: Readonly<Record<string, ConnectionProblem>> = {
  SERVICE_DISABLED: {
    field: 'settings.credential',
    message: `The Data Manager API is off in the credential's Google Cloud project. Enable it there: APIs & Services > Library. ${events}`,
  },
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: {
    field: 'settings.refreshToken',
    message: `The token has not the scope \`datamanager\`. Connect Google again, and allow it. ${events}`,
  },
  USER_PROJECT_DENIED: {
    field: 'settings.quotaProject',
    message: `The user may not use the project in \`quotaProject\`. Give it the role Service Usage Consumer there. ${events}`,
  },
};
