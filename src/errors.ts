/**
 * The errors that Convey reports over HTTP: code, what happened, and what to do.
 * `docs/reference/errors.md` has them.
 */
export const errors = {
  'body-unreadable': {
    what: 'The body is not a JSON object with an `events` array (browsers: `events` and `signals`; webhooks: any JSON object)',
    remedy: 'Send UTF-8 JSON such as `{"events": [ … ]}`.',
  },
  'body-too-deep': { what: 'The body is nested more than 32 levels deep', remedy: 'Flatten `properties`.' },
  'body-too-large': {
    what: 'The body is over the size limit',
    remedy: 'Send fewer events per request: at most 1 MiB from a server, 64 KiB from a browser, 2 MiB from a webhook.',
  },
  'body-over-compressed': {
    what: 'The compressed body expands to more than 20 times its size',
    remedy: 'Send the body without compression.',
  },
  'parameter-invalid': {
    what: 'A parameter is unknown or has an invalid value',
    remedy: 'Correct the parameters that `issues` lists.',
  },
  'encoding-unsupported': {
    what: 'The content encoding of the body is not supported',
    remedy: 'Send the body uncompressed or as gzip, and that of a webhook only uncompressed.',
  },
  'event-count': {
    what: 'The body must contain 1 to 500 events (browsers: 1 to 100 events and signals)',
    remedy: 'Send at least one event, and split a long list into several requests.',
  },
  'value-count': {
    what: 'The body contains more than 110,000 values',
    remedy: 'Send fewer events per request.',
  },
  'not-authorised': {
    what: 'The secret key is missing or unknown',
    remedy: "Send `Authorization: Bearer sk_…` with a key from the site's `secretKeys`.",
  },
  'not-signed': {
    what: 'The webhook is not signed with a secret of this site, or its signed time is too old',
    remedy:
      "Add the shop's signing secret to `webhooks.secrets` of the site, or that of another sender to `secrets` of its hook. Each can have four secrets, so you can rotate them without a gap. If the secret is right, compare the clocks, and let the proxy pass the body on unchanged.",
  },
  'write-key-unknown': {
    what: 'The write key is missing or unknown',
    remedy: "Use the site's `writeKey`: as `?k=wk_…` in the pixel's URL, as `writeKey` in a body.",
  },
  'origin-not-listed': {
    what: "The page's domain does not belong to the site",
    remedy: "Add the domain to the site's `domains`. A domain covers its subdomains.",
  },
  'rate-limited': {
    what: 'The caller exceeded its limit of requests, events or bytes',
    remedy: 'Wait for the time in Retry-After, then send the same request again. Nothing was accepted.',
  },
  'budget-used-up': {
    what: "The browsers' reports of this site have used up the day's budget of bytes",
    remedy: 'Wait for the time in Retry-After, then send the same request again. Nothing was accepted.',
  },
  'not-accepting': {
    what: 'Convey cannot store events right now',
    remedy: 'Wait for the time in Retry-After, then send the same body again.',
  },
  'not-found': { what: 'This route does not exist', remedy: 'See the HTTP reference for the routes.' },
  'method-not-allowed': { what: 'The route does not accept this method', remedy: 'Use a method of the Allow header.' },
  'no-such-site': { what: 'There is no such site', remedy: 'Use the id of a site in the config file or the dashboard.' },
  'no-such-event': { what: 'The site has no such event', remedy: 'See the list of events for the ids.' },
  'no-such-key': { what: 'The site has no such key', remedy: 'See the settings of the site for the ids of its keys.' },
  'no-such-export': {
    what: 'There is no such export file',
    remedy: 'See `convey exports list`. A file is removed after 30 days, or when its person is erased.',
  },
  'no-such-view': {
    what: 'There is no such saved view',
    remedy: 'See the event list for the saved views of the site.',
  },
  'no-such-hook': { what: 'The site has no such hook', remedy: 'See the settings of the site for the ids of its hooks.' },
  'too-many-views': {
    what: 'The site has 50 saved views, which is the maximum',
    remedy: 'Delete one that nobody needs.',
  },
  'no-such-import': {
    what: 'There is no such import',
    remedy: 'Start it with `convey import FILE`.',
  },
  'import-elsewhere': {
    what: 'Another process goes on with this import, or has ended it',
    remedy: 'Wait until it ends, then run `convey import` with the same file again.',
  },
  'no-such-channel': {
    what: 'There is no such alert channel',
    remedy: 'See the page "Alert settings" for the ids, or `alerts.channels` of the config file.',
  },
  'no-such-issue': {
    what: 'There is no such issue',
    remedy: 'See the page "Issues", or run `convey issues`, for the ids.',
  },
  'issue-ended': {
    what: 'The issue has ended',
    remedy: 'No action needed. If it returns, it is open again.',
  },
  'site-exists': {
    what: 'A site with this id exists, or data of a removed site with this id is still stored',
    remedy: 'Choose another id.',
  },
  'file-made': {
    what: 'This is defined in the config file and cannot be changed here',
    remedy: 'Change the config file and restart Convey.',
  },
  'changed-meanwhile': {
    what: 'The settings have changed since they were read, so nothing was saved',
    remedy: 'Reload them and repeat the change.',
  },
  'move-running': {
    what: 'The data folder is being moved to PostgreSQL, so sites cannot be changed',
    remedy:
      'End the move with `convey migrate --to`, then change the site. To give the move up, remove the file `migrating` from `dataDir`.',
  },
  'not-applied': {
    what: 'The change is saved but not yet in effect',
    remedy: 'Restart Convey to apply the change. The log has the error.',
  },
  'secrets-key-unusable': {
    what: 'The key that encrypts secrets cannot be read or written, so nothing was changed',
    remedy: "Check the file at `secretsKeyFile`. The gateway's log has the error.",
  },
  'secrets-key-given': {
    what: 'The key that encrypts secrets is set in the environment, so Convey cannot create a new one',
    remedy:
      'Restart Convey with the current key in `CONVEY_SECRETS_KEY_OLD` and a new key in `CONVEY_SECRETS_KEY`, then try again.',
  },
  'too-many-keys': { what: 'The site has reached its limit of keys', remedy: 'Remove a key that is no longer used.' },
  'replay-running': {
    what: 'A replay of this connection is running',
    remedy: 'Wait until the replay ends, or stop it.',
  },
  'not-connected': {
    what: 'The connection uses no connected account',
    remedy: 'Connect an account in the settings of the connection.',
  },
  'platform-refused': {
    what: 'The platform did not fulfil the request',
    remedy: 'See `issues` for its reason and what to do.',
  },
  'page-unreadable': {
    what: 'The page could not be read',
    remedy: "Enter the URL of an HTML page on one of the site's domains.",
  },
  'no-such-connection': { what: 'There is no such running connection', remedy: 'See `convey connections list` for the names.' },
  'person-key': {
    what: 'The person is not identified by exactly one valid key',
    remedy:
      "Send one of `email`, `phone`, `anonymousId`, `externalId`, `eventId` and `orderId`. A national phone number needs the site's `defaultCountry`.",
  },
  'erasure-running': {
    what: 'Another erasure or export of this site is running',
    remedy: 'Wait until it ends, then try again.',
  },
  'backup-running': {
    what: 'Another backup is running',
    remedy: 'Wait until it ends, then try again.',
  },
  'backup-no-room': {
    what: 'No backup was created: the disk has too little free space, or no free inodes, for copies of `log.db` and `state.db`',
    remedy: 'Free their size plus 512 MiB on the disk of `dataDir`, then try again.',
  },
  'backup-elsewhere': {
    what: 'Convey does not back up PostgreSQL, which holds its data',
    remedy: "Use `pg_dump`, `pg_basebackup` or your provider's backups. Store `CONVEY_SECRETS_KEY` apart from them.",
  },
  'socket-only': {
    what: 'This endpoint is only available on the local admin socket',
    remedy: "Run `convey` on the gateway's machine.",
  },
  'dashboard-only': {
    what: 'An account can only be connected in the dashboard',
    remedy: 'Sign in to the dashboard, and open the settings of the connection.',
  },
  'no-such-link': {
    what: 'The attempt to connect an account has expired, was used already, or was begun in another session',
    remedy: 'Open the settings of the connection, and connect the account again.',
  },
  'redirect-insecure': {
    what: 'A platform redirects only to an https address or to this machine',
    remedy:
      'Open the dashboard under `dashboard.publicUrl` with https, or on `127.0.0.1` through an SSH tunnel. Then connect the account again.',
  },
  'erasure-stopped': {
    what: 'Nothing was erased or exported: the gateway is stopping',
    remedy: 'Start the gateway, then try again.',
  },
  'metrics-refused': {
    what: 'The metrics are only available to programs on this machine, or with the metrics token',
    remedy:
      'Send `Authorization: Bearer …` with `dashboard.metricsToken` of the config file. If no token is set, read the metrics on this machine, without a proxy.',
  },
  'not-signed-in': {
    what: 'You are not signed in',
    remedy: 'Sign in. A session ends 12 h after its last use, and 30 days after it began.',
  },
  'sign-in-refused': {
    what: 'The name or the password is wrong',
    remedy: "Try again. If the password is lost, set a new one with `convey accounts reset-password` on the gateway's machine.",
  },
  'owner-only': { what: 'Only an owner may do this', remedy: 'Ask an owner to do it, or to give you the owner role.' },
  'editor-only': { what: 'Only an editor or an owner may do this', remedy: 'Ask an owner to give you the editor role.' },
  'password-refused': {
    what: 'The current password is wrong, so the password was not changed',
    remedy: 'Try again. If it is lost, ask an owner to reset your password.',
  },
  'invitation-refused': {
    what: 'The invitation link is not valid: it was used, revoked or has expired',
    remedy: 'Ask an owner for a new invitation link.',
  },
  'no-such-invitation': {
    what: 'There is no such invitation',
    remedy: 'It was used, revoked or has expired. Reload the list.',
  },
  'not-our-page': {
    what: 'The request was not sent by a page of the dashboard',
    remedy: 'Open the dashboard itself. A program must send the header `Convey-Request: 1` with every change.',
  },
  'host-unknown': {
    what: 'The dashboard is not available under this host name',
    remedy: 'Open the address that `convey start` prints, or set `dashboard.publicUrl` to the address that you use.',
  },
  'setup-refused': {
    what: 'This setup token is not valid',
    remedy: 'Open the address that the last `convey start` printed. If an account exists, sign in.',
  },
  'no-such-account': { what: 'There is no such account', remedy: 'See `convey accounts list` for the names.' },
  'account-exists': { what: 'An account with this name exists', remedy: 'Choose another name, or change that account.' },
  'owner-needed': {
    what: 'At least one account must be an owner',
    remedy: 'Create the first account as an owner. Before you change the last owner, make another account an owner.',
  },
  'request-too-large': { what: 'The body is over 64 KiB', remedy: 'Send a smaller body.' },
  'live-endpoint': {
    what: 'A connection of this site delivers to a real platform',
    remedy: 'Use `--live` to send it anyway. The platform receives the test event, which has no value and matches no goal.',
  },
  'site-elsewhere': {
    what: 'Another gateway runs this site and did not answer within 10 s. Nothing was done',
    remedy: 'Try again. If a gateway has crashed, another one takes its sites within 35 s.',
  },
  'command-unfinished': {
    what: 'The gateway that runs this site has begun, and did not finish within 10 s',
    remedy: 'Look at the result before you repeat the command: it may still be carried out.',
  },
  'database-away': {
    what: 'The database does not answer',
    remedy: 'Bring it back, or check the network between it and this gateway. Then try again.',
  },
  internal: {
    what: 'An internal error occurred',
    remedy: "Try again. If the error persists, see the gateway's log.",
  },
} as const satisfies Record<string, { what: string; remedy: string }>;

export type ErrorCode = keyof typeof errors;

export const errorCodes: readonly ErrorCode[] = Object.keys(errors).filter((code): code is ErrorCode =>
  Object.hasOwn(errors, code),
);

/** Returns the body of an HTTP response that reports an error. */
export function errorBody(code: ErrorCode): { error: { code: ErrorCode; message: string } } {
  const { what, remedy } = errors[code];
  return { error: { code, message: `${what}. ${remedy}` } };
}

/** An error that the user caused or can fix. The CLI prints it as `error: what happened. what to do`. */
export class ConveyError extends Error {
  override readonly name = 'ConveyError';
  readonly what: string;
  readonly remedy: string;
  constructor(what: string, remedy: string) {
    super(`${what}. ${remedy}`);
    this.what = what;
    this.remedy = remedy;
  }
}

/** Returns the message of an error, to use in another message. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export const isPortInUse = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

/** Returns why a server cannot listen, to use in another message. */
export function describeListenError(error: unknown): string {
  return isPortInUse(error) ? 'another process uses the port' : errorMessage(error);
}
