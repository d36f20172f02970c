import { type MatchKey, matchKeys } from './match-keys.ts';

/** Why a delivered event lacks a match key, and what whoever runs the shop can do about it. */
interface Reason {
  readonly says: string;
  readonly remedy: string;
}

const consent: Reason = {
  says: 'The shopper denied advertising storage, so the event went without anything about a person.',
  remedy: 'Nothing to mend, unless shoppers agreed: then see that the page, and your server, pass their consent on.',
};
const noVisitor: Reason = {
  says: 'The server named no visitor, and none is known by its checkout, or by an order, e-mail, phone or customer id that the shop reported.',
  remedy: 'Send the cookie `_cv_id` as `user.anonymousId`, or the `commerce.checkoutId` that the page sends.',
};
const noVisitorNorPerson = (field: string): Reason => ({
  says: noVisitor.says,
  remedy: `Send \`${field}\` where your server knows it; or the cookie \`_cv_id\` as \`user.anonymousId\`.`,
});
const somebodyElse: Reason = {
  says: 'It is known of another person who used the same browser, and nobody is lent what is not theirs.',
  remedy: 'Nothing to mend where people share a browser. Else send it with the event, and call `reset` at logout.',
};
const hashMalformed = 'a hash must be 64 hexadecimal digits';

/**
 * The reasons for each match key that is missing, in the order in which they beat each other: the first that holds is given.
 * None of them holds a value, so what is counted by them is about nobody.
 */
export const missingReasons = {
  msclkid: {
    consent,
    unreadable: {
      says: 'A click id came with the event and was malformed, so it was left out.',
      remedy: "Send `msclkid` as it stands in the landing page's address: 32 hexadecimal digits.",
    },
    'no-visitor': noVisitor,
    'no-browser': {
      says: 'The server named a visitor whom no browser told of lately, so no click could be found.',
      remedy: 'Send the cookie `_cv_id` as `user.anonymousId`, not an id of your own; without it leave the field out.',
    },
    'no-click': {
      says: 'No ad click is known of the visitor in the 90 days before the event.',
      remedy:
        'Nothing to mend for visitors who came by no ad. If those who came by one are among them, switch auto-tagging on, and see that no redirect drops `msclkid`.',
    },
  },
  email: {
    consent,
    unreadable: {
      says: 'An e-mail address came with the event and was malformed, so it was left out.',
      remedy: `Check the form that it comes from. Send name@domain; ${hashMalformed}.`,
    },
    'somebody-else': somebodyElse,
    'no-visitor': noVisitorNorPerson('user.email'),
    anonymous: {
      says: 'Nobody had said who they are: not with the event, and not on this browser before it.',
      remedy: 'Call `identify` at login, newsletter and checkout; a server sends `user.email`. Those who only look stay here.',
    },
  },
  phone: {
    consent,
    unreadable: {
      says: 'A phone number came with the event and was no possible one, so it was left out.',
      remedy: `Send \`+\` and the country code, or set the site's \`defaultCountry\`; ${hashMalformed}.`,
    },
    'somebody-else': somebodyElse,
    'not-collected': {
      says: 'The e-mail address is known, and a phone number was never told.',
      remedy: 'If the checkout asks for one, send it as `user.phone`, or with `identify`.',
    },
    'no-visitor': noVisitorNorPerson('user.phone'),
    anonymous: {
      says: 'Nobody had said who they are: not with the event, and not on this browser before it.',
      remedy: 'Call `identify` at login and checkout; a server sends `user.phone`. Those who only look stay here.',
    },
  },
  visitor: {
    consent,
    unreadable: {
      says: 'A visitor id came with the event and was personal or not printable, so it was left out.',
      remedy: 'Send a random id, best the cookie `_cv_id`.',
    },
    'no-visitor': noVisitor,
  },
  'external-id': {
    consent,
    unreadable: {
      says: "The shop's customer id came as a hash that was malformed, so it was left out.",
      remedy: `Send the id itself, Convey hashes it; ${hashMalformed}.`,
    },
    'somebody-else': somebodyElse,
    'not-signed-in': {
      says: 'No customer id was told: not with the event, and not on this browser before it.',
      remedy: 'Nothing to mend for guests. For customers call `identify` with `externalId`; a server sends `user.externalId`.',
    },
  },
  address: {
    consent,
    unreadable: {
      says: 'What was sent as the address is none, so it was left out.',
      remedy: 'Send one IPv4 or IPv6 address in `user.ip`.',
    },
    'not-public': {
      says: 'The address was private or reserved, so it was left out: a proxy stands in the place of the shopper, or the shopper is on your own network.',
      remedy:
        "List your proxies in `collector.trustedProxies`; a server sends the shopper's address, not its own. On your own network there is nothing to mend.",
    },
    'server-without': {
      says: 'The server sent no address, and the visitor was on no page in the 24 hours before.',
      remedy: "Send the shopper's address as `user.ip`, kept with the order where the event comes later.",
    },
    'not-told': {
      says: "The browser's address could not be read from its request.",
      remedy: 'See that your proxies set `X-Forwarded-For`, and that each of its hops is an address.',
    },
  },
  agent: {
    consent,
    'server-without': {
      says: 'The server sent no user agent, and the visitor was on no page in the 24 hours before.',
      remedy: "Send the shopper's agent as `user.userAgent`, kept with the order where the event comes later.",
    },
    'not-told': {
      says: "The browser's request had no user agent.",
      remedy: 'See that no proxy takes the `User-Agent` header away.',
    },
  },
} as const satisfies Record<MatchKey, Readonly<Record<string, Reason>>>;

/** For each key that an event lacks, why. */
export type MissingMatchKeys = { readonly [K in MatchKey]?: keyof (typeof missingReasons)[K] };

/** A reason's words; `undefined` for a code that is none of the key's, such as one that a newer Convey wrote. */
export function describeMissingKey(key: MatchKey, code: string): Reason | undefined {
  const reasons: Readonly<Record<string, Reason>> = missingReasons[key];
  return Object.hasOwn(reasons, code) ? reasons[code] : undefined;
}

/** Every key with every code that it can be missing for, in order. */
export const missingKeyCodes: readonly { readonly key: MatchKey; readonly code: string }[] = matchKeys.flatMap((key) =>
  Object.keys(missingReasons[key]).map((code) => ({ key, code })),
);
