import { z } from 'zod';
import type { Json } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';
import type { HttpRequest } from '../kit/destination.ts';
import { encodeList } from '../kit/encode-list.ts';
import { parseJsonOrUndefined } from '../kit/response-body.ts';
import { findConversion, listActions } from './conversions.ts';
import type { Payload } from './payload.ts';
import type { Settings } from './settings.ts';
import { isTestEvent } from './test-events.ts';

/**
 * Returns the group of a payload: its conversion action, because a verdict is about a request and an action. An event that should have a
 * request of its own also has its transaction id in the group. Google counts none of the test events in a request, so they are apart.
 */
export function group(payload: Payload, { requests, conversions }: Settings): string {
  const { productDestinationId: action, transactionId } = payload;
  const isPurchase = findConversion('Purchase', conversions)?.action === action;
  const isAlone = isTestEvent(payload) || requests === 'all-alone' || (requests === 'purchases-alone' && isPurchase);
  return isAlone ? `${action} ${transactionId}` : action;
}

/** Encodes a batch as one request. @source https://developers.google.com/data-manager/api/devguides/events/send (2026-08-18) */
export function encode(texts: readonly string[], settings: Settings, token?: string): HttpRequest {
  const events = texts.map(splitText);
  const isTest = events.length > 0 && events.every((event) => isTestEvent(event));
  return encodeEvents(events, settings, token, settings.mode === 'validate' || isTest);
}

/** One event of a request. */
interface SplitText {
  readonly action: string;
  /** The beginning of the transaction id, long enough to know a test event. */
  readonly transactionId: string;
  /** The members of the event as JSON, without braces. */
  readonly members: string;
}

const textForm = /^\{"productDestinationId":"(\d+)",("transactionId":"([^"\\]*).*)\}$/s;

/** Takes the conversion action out of a payload's text, because the request names it outside of the event. */
function splitText(text: string): SplitText {
  const [, action, members, transactionId] = textForm.exec(text) ?? [];
  if (action === undefined || members === undefined || transactionId === undefined)
    throw new Error('A payload begins with its conversion action and its transaction id');
  return { action, transactionId, members };
}

function encodeEvents(
  events: readonly Pick<SplitText, 'action' | 'members'>[],
  settings: Settings,
  token: string | undefined,
  isCheck: boolean,
): HttpRequest {
  const actions = [...new Set(events.map(({ action }) => action))];
  const isMixed = actions.length > 1;
  // A quotation mark inside of a text is escaped, so this is the member's name.
  const hasUserData = events.some(({ members }) => members.includes('"userData":'));
  return {
    method: 'POST',
    url: `${settings.endpoint}/v1/events:ingest`,
    headers: { ...getHeaders(settings, token), 'content-type': 'application/json' },
    body: encodeList(
      'events',
      events.map(({ action, members }) => `{${members}${isMixed ? `,"destinationReferences":["${action}"]` : ''}}`),
      {
        destinations: actions.map((action) => ({ ...toDestination(action, settings), ...(isMixed && { reference: action }) })),
        ...(hasUserData && { encoding: 'HEX' }),
        ...(isCheck && { validateOnly: true }),
      },
    ),
  };
}

/** Google needs a quota project for the token of a user. A service account has a project of its own. */
export function getHeaders({ credential, quotaProject }: Settings, token?: string): Readonly<Record<string, string>> {
  return {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(credential === 'refresh-token' && quotaProject !== undefined && { 'x-goog-user-project': quotaProject }),
  };
}

function toDestination(action: string, { customerId, loginCustomerId }: Settings) {
  const toAccount = (accountId: string) => ({ accountType: 'GOOGLE_ADS', accountId });
  return {
    operatingAccount: toAccount(customerId),
    ...(loginCustomerId !== undefined && { loginAccount: toAccount(loginCustomerId) }),
    productDestinationId: action,
  };
}

const bodySchema = z.lazy(() =>
  z.object({
    destinations: z.array(z.object({ productDestinationId: z.string() })),
    events: z.array(z.looseObject({ destinationReferences: z.array(z.string()).optional() }).catchall(z.json())),
  }),
);

/** Returns the payloads of a body that `encode` made. */
export function unpack(body: string): readonly Json[] {
  const { events = [], destinations = [] } = bodySchema.safeParse(parseJsonOrUndefined(body)).data ?? {};
  const [first] = destinations;
  return events.map(({ destinationReferences: [reference] = [], ...event }) => ({
    productDestinationId: reference ?? first?.productDestinationId ?? '',
    ...event,
  }));
}

const maxDestinations = 10;
/** The hash of convey-probe@shop.example. Google refuses it like any other if the account has not accepted the customer data terms. */
const inventedEmail = '10c67b238a6a414e303b66c960d13a394bdf1b842a5df51ddd9e00a94eafe57b';

/**
 * Returns a request that is only checked: one event for each action, with an invented click and e-mail. It proves the credential, the access to
 * the account and the actions, and leaves nothing at Google.
 */
export function encodeProbe(settings: Settings, token: string | undefined, at: UnixMs): HttpRequest {
  const events = listActions(settings.conversions)
    .slice(0, maxDestinations)
    .map((productDestinationId) => ({
      productDestinationId,
      transactionId: 'convey-probe',
      eventTimestamp: new Date(at).toISOString(),
      eventSource: 'WEB',
      adIdentifiers: { gclid: 'Cj0KCQ.convey-probe' },
      ...(settings.matchBy === 'everything' && { userData: { userIdentifiers: [{ emailAddress: inventedEmail }] } }),
      consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_DENIED' },
    }));
  return encodeEvents(
    events.map((event) => splitText(JSON.stringify(event))),
    settings,
    token,
    true,
  );
}
