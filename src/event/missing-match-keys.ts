/** The reason why a delivered event lacks a match key, and the remedy for the shop. */
interface Reason {
  readonly says: string;
  readonly remedy: string;
}

const consent: Reason = {
  says: 'The shopper denied advertising storage, so the event was sent without personal data.',
  remedy: 'No action needed, unless shoppers agreed: then check that the page and your server pass on their consent.',
};
const noVisitor: Reason = {
  says: 'The server sent no visitor id, and the checkout, order, e-mail, phone and customer id match no visitor.',
  remedy: 'Send the cookie `_cv_id` as `user.anonymousId`, or the `commerce.checkoutId` that the page sends.',
};
const noVisitorNorPerson = (field: string): Reason => ({
  says: noVisitor.says,
  remedy: `Send \`${field}\` if your server has it; or the cookie \`_cv_id\` as \`user.anonymousId\`.`,
});
const somebodyElse: Reason = {
  says: 'It belongs to another person who used the same browser, so it was not used.',
  remedy: 'No action needed if people share a browser. Otherwise send it with the event, and call `reset` at logout.',
};
const hashMalformed = 'a hash must be 64 hexadecimal digits';

const notSent: Reason = {
  says: 'It was not sent with the event.',
  remedy: 'Send {source} with the orders of your shop if it asks for it.',
};

/**
 * The reasons for a missing match key, by its subject and in order of precedence. `{source}` is the name of a click id, cookie or field.
 * They hold no values, so counts of them hold no personal data.
 */
export const missingReasons = {
  'click-id': {
    consent,
    unreadable: {
      says: "The event's click id was malformed, so it was dropped.",
      remedy: "Send {source} unchanged from the landing page's URL.",
    },
    'no-visitor': noVisitor,
    'no-browser': {
      says: 'The server sent a visitor id that no browser reported lately, so no click id was found.',
      remedy: 'Send the cookie `_cv_id` as `user.anonymousId`, not an id of your own. Omit the field if you do not have it.',
    },
    'no-click': {
      says: 'The visitor had no click on an ad of the platform in the 90 days before the event.',
      remedy:
        'No action needed for visitors who did not click an ad. If visitors from ads are among them, turn on auto-tagging, and check that no redirect removes {source}.',
    },
  },
  'browser-id': {
    consent,
    unreadable: {
      says: "The event's browser id was malformed, so it was dropped.",
      remedy: 'Send {source} unchanged from its cookie.',
    },
    'no-visitor': noVisitor,
    'no-cookie': {
      says: "The platform's browser tag gave this browser no id.",
      remedy: 'No action needed if the tag is not on your pages. A server sends {source} in `browserIds`.',
    },
  },
  email: {
    consent,
    unreadable: {
      says: "The event's e-mail address was malformed, so it was dropped.",
      remedy: `Check the form that the address comes from. Send name@domain; ${hashMalformed}.`,
    },
    'somebody-else': somebodyElse,
    'no-visitor': noVisitorNorPerson('user.email'),
    anonymous: {
      says: 'The shopper was not identified, neither with the event nor earlier in this browser.',
      remedy:
        'Call `identify` at login, newsletter and checkout; a server sends `user.email`. Shoppers who only browse stay unidentified.',
    },
  },
  phone: {
    consent,
    unreadable: {
      says: "The event's phone number was not a possible one, so it was dropped.",
      remedy: `Send \`+\` and the country code, or set the site's \`defaultCountry\`; ${hashMalformed}.`,
    },
    'somebody-else': somebodyElse,
    'not-collected': {
      says: 'The e-mail address is known, but no phone number was sent.',
      remedy: 'If the checkout asks for one, send it as `user.phone`, or with `identify`.',
    },
    'no-visitor': noVisitorNorPerson('user.phone'),
    anonymous: {
      says: 'The shopper was not identified, neither with the event nor earlier in this browser.',
      remedy: 'Call `identify` at login and checkout; a server sends `user.phone`. Shoppers who only browse stay unidentified.',
    },
  },
  visitor: {
    consent,
    unreadable: {
      says: "The event's visitor id was personal or not printable, so it was dropped.",
      remedy: 'Send a random id, preferably the cookie `_cv_id`.',
    },
    'no-visitor': noVisitor,
  },
  'external-id': {
    consent,
    unreadable: {
      says: "The shop's customer id was sent as a malformed hash, so it was dropped.",
      remedy: `Send the id itself, which Convey hashes; ${hashMalformed}.`,
    },
    'somebody-else': somebodyElse,
    'not-signed-in': {
      says: 'No customer id was sent, neither with the event nor earlier in this browser.',
      remedy: 'No action needed for guests. For customers call `identify` with `externalId`; a server sends `user.externalId`.',
    },
  },
  address: {
    consent,
    withheld: {
      says: "The event has an address, but the connection's settings keep it from the platform, in all countries or in the shopper's.",
      remedy: "No action needed. To send more addresses, change the connection's setting for IP addresses.",
    },
    unreadable: {
      says: 'The value of the address field was not an IP address, so it was dropped.',
      remedy: 'Send one IPv4 or IPv6 address in `user.ip`.',
    },
    'not-public': {
      says: "The address was private or reserved, so it was dropped. It is a proxy's, or the shopper is on your own network.",
      remedy:
        "Add your proxies to `collector.trustedProxies`; a server sends the shopper's address, not its own. No action needed for your own network.",
    },
    'server-without': {
      says: 'The server sent no address, and the visitor opened no page in the 24 hours before.',
      remedy: "Send the shopper's address as `user.ip`. Store it with the order if the event is sent later.",
    },
    'not-told': {
      says: "The browser's address could not be read from its request.",
      remedy: 'Check that your proxies set `X-Forwarded-For`, and that each of its hops is an address.',
    },
  },
  agent: {
    consent,
    'server-without': {
      says: 'The server sent no user agent, and the visitor opened no page in the 24 hours before.',
      remedy: "Send the shopper's agent as `user.userAgent`. Store it with the order if the event is sent later.",
    },
    'not-told': {
      says: "The browser's request had no user agent.",
      remedy: 'Check that no proxy removes the `User-Agent` header.',
    },
  },
  name: { consent, 'not-sent': notSent },
  'postal-address': { consent, 'not-sent': notSent },
  'birth-and-gender': { consent, 'not-sent': notSent },
} as const satisfies Record<string, Readonly<Record<string, Reason>>>;

/** The subject of a match key, whichever platform asks for it. */
export type MatchSubject = keyof typeof missingReasons;

export const matchSubjects: readonly MatchSubject[] = Object.keys(missingReasons).filter(isMatchSubject);

function isMatchSubject(text: string): text is MatchSubject {
  return Object.hasOwn(missingReasons, text);
}

/** The subject of a match key, and the name of the click id, cookie or field that it is about. */
export interface MatchTopic {
  readonly subject: MatchSubject;
  readonly source?: string;
}

/** The reason for each subject whose key an event lacks. An event that has the key lacks nothing, so the reason is then unused. */
export type MissingReasons = { readonly [S in MatchSubject]: keyof (typeof missingReasons)[S] };

/** Returns the texts of a reason; `undefined` for a code that the subject does not have, such as one of a newer version. */
export function describeMissingKey({ subject, source }: MatchTopic, code: string): Reason | undefined {
  const reasons: Readonly<Record<string, Reason>> = missingReasons[subject];
  const reason = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  return (
    reason && { says: reason.says, remedy: reason.remedy.replaceAll('{source}', source === undefined ? 'it' : `\`${source}\``) }
  );
}

/** Each subject with each reason's code, in order of precedence. */
export const missingKeyCodes: readonly { readonly subject: MatchSubject; readonly code: string }[] = matchSubjects.flatMap(
  (subject) => Object.keys(missingReasons[subject]).map((code) => ({ subject, code })),
);
