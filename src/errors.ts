/**
 * Every error that Convey reports to a person or a client: its code, what happened, what to do.
 * `docs/reference/errors.md` is checked against this list.
 */
export const errors = {
  'body-unreadable': {
    what: 'The body is not a JSON object with a list of `events`, or from a browser of `events` and `signals`',
    remedy: 'Send UTF-8 JSON such as `{"events": [ … ]}`.',
  },
  'body-too-deep': { what: 'The body is nested more than 32 levels deep', remedy: 'Flatten `properties`.' },
  'body-too-large': {
    what: 'The body is over the size limit',
    remedy: 'Send fewer events per request: at most 1 MiB from a server, 64 KiB from a browser.',
  },
  'body-over-compressed': {
    what: 'The body grows to more than 20 times its size when it is unpacked',
    remedy: 'Send it without compression.',
  },
  'parameter-invalid': {
    what: 'A parameter is not known here, or has a value that it cannot have',
    remedy: 'See `issues` for what each may be.',
  },
  'encoding-unsupported': { what: 'The body has a content encoding that is not read', remedy: 'Send it plain or as gzip.' },
  'event-count': {
    what: 'The body must hold 1 to 500 events, or from a browser 1 to 100 events and signals',
    remedy: 'Send at least one, and split a long list over several requests.',
  },
  'value-count': {
    what: 'The body holds more than 110,000 values',
    remedy: 'Send fewer events per request.',
  },
  'not-authorised': {
    what: 'The secret key is missing or unknown',
    remedy: "Send `Authorization: Bearer sk_…` with a key from the site's `secretKeys`.",
  },
  'not-signed': {
    what: 'The webhook is not signed with a secret of this site',
    remedy:
      "Put what the shop signs its webhooks with into the site's `webhooks`; up to four secrets are taken, so that one can be replaced without a gap.",
  },
  'write-key-unknown': {
    what: 'The write key is missing or unknown',
    remedy: "Use the site's `writeKey`: in the pixel's address as `?k=wk_…`, in a body as `writeKey`.",
  },
  'origin-not-listed': {
    what: "The page's domain is not one of the site's",
    remedy: "Add it to the site's `domains`; a domain covers its subdomains.",
  },
  'rate-limited': {
    what: 'Too many requests, or more events or bytes than one caller may send',
    remedy: 'Wait as long as Retry-After says, and send the same again; nothing of it was taken.',
  },
  'not-accepting': {
    what: 'Convey cannot store events at the moment',
    remedy: 'Send the same body again after Retry-After; nothing was stored unacknowledged.',
  },
  'not-found': { what: 'There is nothing at this address', remedy: 'See the HTTP reference for the routes.' },
  'method-not-allowed': { what: 'This address takes another method', remedy: 'See the Allow header.' },
  'no-such-site': { what: 'There is no such site', remedy: 'Use the id of a site of the config file or of the dashboard.' },
  'no-such-event': { what: 'There is no such event on this site', remedy: 'Look it up in the list of events.' },
  'no-such-key': { what: 'The site has no such key', remedy: 'See the keys of the site for their ids.' },
  'no-such-export': {
    what: 'There is no such file',
    remedy: 'See `convey exports list`: a file is kept for 30 days, and goes with the person whom it is about.',
  },
  'site-exists': {
    what: 'There is a site of this id, or there was one of which something is kept',
    remedy: 'Choose another id.',
  },
  'file-made': {
    what: 'This is written in the config file, and is changed only there',
    remedy: 'Change the file, and start Convey again.',
  },
  'changed-meanwhile': {
    what: 'Somebody changed this site since it was read, so nothing was changed',
    remedy: 'Read it again, and make your change anew.',
  },
  'not-applied': {
    what: 'The change is kept, but not everything that runs has taken it up',
    remedy: 'Start Convey again, which takes it up; its log says what failed.',
  },
  'secrets-key-unusable': {
    what: 'The key that secrets are encrypted with cannot be read or written, so nothing was changed',
    remedy: "See `secretsKeyFile` and the gateway's log.",
  },
  'secrets-key-given': {
    what: 'The key that secrets are encrypted with comes from the environment, so Convey cannot make another',
    remedy: 'Start Convey with the present key in `CONVEY_SECRETS_KEY_OLD` and a new one in `CONVEY_SECRETS_KEY`, and ask again.',
  },
  'too-many-keys': { what: 'The site has as many keys as it may have', remedy: 'Remove one that is not used any more.' },
  'replay-running': {
    what: 'A replay of this connection is running',
    remedy: 'Wait until it has ended, or end it.',
  },
  'page-unreadable': {
    what: 'The page could not be read',
    remedy: "Give an address on one of the site's domains that answers with a page.",
  },
  'no-such-connection': { what: 'There is no such running connection', remedy: 'See `convey connections list` for their names.' },
  'person-key': {
    what: 'The body does not name one person',
    remedy:
      "Send one of `email`, `phone`, `anonymousId`, `externalId`, `eventId` and `orderId`; a national phone number needs the site's `defaultCountry`.",
  },
  'erasure-running': {
    what: 'Another person of this site is being erased or exported',
    remedy: 'Wait until it has ended, and ask again.',
  },
  'erasure-no-room': {
    what: 'Nothing was erased: the disk has too little free space to write `state.db` anew',
    remedy: 'Free twice its size and 64 MiB more on the disk of `dataDir`, and ask again.',
  },
  'backup-running': {
    what: 'Another backup is being made',
    remedy: 'Wait until it has ended, and ask again.',
  },
  'backup-no-room': {
    what: 'No backup was made: the disk has too little free space for copies of `log.db` and `state.db`',
    remedy: 'Free their size and 512 MiB more on the disk of `dataDir`, and ask again.',
  },
  'socket-only': {
    what: 'This is answered on the socket in the data folder alone',
    remedy: "Call `convey` on the gateway's own machine.",
  },
  'erasure-stopped': {
    what: 'Nothing was erased or exported: the gateway is stopping',
    remedy: 'Start it, and ask again.',
  },
  'metrics-refused': {
    what: 'The metrics are for programs of this machine, or for whoever has their token',
    remedy:
      'Send `Authorization: Bearer …` with `dashboard.metricsToken` of the config file. Without a token there, ask from the machine itself and through no proxy.',
  },
  'not-signed-in': {
    what: 'Nobody is signed in',
    remedy: 'Sign in: a session ends 12 h after its last use and 30 days after it began.',
  },
  'sign-in-refused': {
    what: 'Name and password do not belong together',
    remedy: "Try again. Where the password is lost, `convey accounts reset-password` on the gateway's machine sets a new one.",
  },
  'owner-only': { what: 'Only an owner may do this', remedy: 'Ask an owner to do it, or to make you one.' },
  'not-our-page': {
    what: 'The request does not come from a page of the dashboard',
    remedy: 'Open the dashboard itself. A program sends the header `Convey-Request: 1` with what changes something.',
  },
  'host-unknown': {
    what: 'The dashboard is not served under this name',
    remedy: 'Open it by the address that `convey start` prints, or set `dashboard.publicUrl` to the address that you use.',
  },
  'setup-refused': {
    what: 'This setup token is not valid',
    remedy: 'Open the address that the last `convey start` printed; where somebody has an account, sign in.',
  },
  'no-such-account': { what: 'There is no such account', remedy: 'See `convey accounts list` for their names.' },
  'account-exists': { what: 'Somebody has an account of this name', remedy: 'Choose another name, or change that account.' },
  'owner-needed': {
    what: 'There must be an owner',
    remedy: 'Make the first account an owner, and make somebody else one before you change the last.',
  },
  'request-too-large': { what: 'The body is over 64 KiB', remedy: 'Send less at once.' },
  'live-endpoint': {
    what: 'A connection of this site delivers to a real platform',
    remedy: 'Ask for it with `--live`: the test event has no value and matches no goal, but the platform receives it.',
  },
  internal: {
    what: 'Convey met a fault of its own',
    remedy: 'Send the same body again; if it stays, look at the log for the error.',
  },
} as const satisfies Record<string, { what: string; remedy: string }>;

export type ErrorCode = keyof typeof errors;

export const errorCodes = Object.keys(errors);

/** The body of every HTTP answer that reports an error. */
export function errorBody(code: ErrorCode): { error: { code: ErrorCode; message: string } } {
  const { what, remedy } = errors[code];
  return { error: { code, message: `${what}. ${remedy}` } };
}

/** A failure that a person caused or can mend. The CLI prints it as `error: what happened. what to do`. */
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

/** An error's own words, for a sentence that says more. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
