import { type Event, isFromPage } from '../../event/event.ts';
import { linkEventName } from '../../event/event-names.ts';
import type { Issue } from '../../event/issue.ts';
import { domainMatches, type Site } from '../../event/site.ts';
import { sha256 } from '../../identity/hashing.ts';
import { isObject } from '../../net/parse-json.ts';
import { acceptSignal, type SubmissionContext } from '../accept/accept.ts';
import { type AppendDeps, toRecord } from '../accept/append-events.ts';
import { mintLinkToken, openLinkToken } from './link-token.ts';

/** A page's request or signal, and what is known of its browser. */
interface LinkCaller {
  readonly requester: SubmissionContext;
  /** The visitor of Convey's own cookie. */
  readonly visitor: string | undefined;
  /** The host of the page, if it is known. */
  readonly host?: string | undefined;
}

type Clocked = Pick<AppendDeps, 'now' | 'newId'>;

/** The request of a page for the token of a link: `linkTo` is the link's host. */
export interface LinkRequest {
  readonly linkTo: string;
  readonly consent?: unknown;
  readonly user?: unknown;
}

/**
 * Returns the token of a link to a listed domain. Null if the domain is not listed, if consent does not count as granted, or if the visitor is
 * not known.
 */
export function createLink(
  { linkTo, consent, user }: LinkRequest,
  { requester, visitor }: LinkCaller,
  site: Site,
  deps: Clocked,
): string | null {
  const [key] = site.linkKeys ?? [];
  const domain = site.capture?.links?.find((one) => domainMatches([one], linkTo.toLowerCase()));
  const event = readSignal({ consent, user }, { requester, visitor }, site, deps);
  const from = event?.identity.anonymousId;
  if (key === undefined || domain === undefined || !event || !mayLink(event) || from === undefined) return null;
  return mintLinkToken({ visitor: from, domain }, key, deps.now());
}

/** The result of a token in a body: the visitor of the reports from the signal on, or why the token does not count. */
export interface RedeemedLink {
  /** The position of the signal. */
  readonly signal: number;
  readonly visitor?: string;
  readonly issue?: Issue;
}

/**
 * Redeems the token that a body's first signal `identify` with `user.link` has, once over all gateways: the event log takes its record once. A
 * browser that has a visitor keeps it, and both visitors are joined.
 * @throws LogUnavailableError: then nothing was redeemed.
 */
export async function redeemLink(
  signals: readonly unknown[],
  { requester, visitor, host }: LinkCaller,
  site: Site,
  {
    append,
    ...deps
  }: Clocked & { readonly append: (records: Parameters<AppendDeps['append']>[0]) => ReturnType<AppendDeps['append']> },
): Promise<RedeemedLink | undefined> {
  const signal = signals.findIndex((one) => getToken(one) !== undefined);
  const given = signals[signal];
  const token = getToken(given);
  if (token === undefined) return undefined;
  const refuse = (code: keyof typeof messages): RedeemedLink => ({
    signal,
    issue: { field: 'user.link', code, message: messages[code] },
  });
  const opened = openLinkToken(token, site.linkKeys ?? [], deps.now());
  if (typeof opened === 'string') return refuse(opened);
  if (host === undefined || !domainMatches([opened.domain], host)) return refuse('link-invalid');
  const event = readSignal(given, { requester, visitor }, site, deps);
  if (!event || !mayLink(event)) return refuse('link-not-granted');
  const own = visitor ?? opened.visitor;
  const other = visitor === undefined ? event.identity.anonymousId : opened.visitor;
  const [result] = await append([toRecord(createLinkRecord(event, own, other, opened.nonce))]);
  return result === undefined || 'duplicate' in result ? refuse('link-used') : { signal, visitor: own };
}

const messages = {
  'link-invalid': 'Must be a token of this gateway for the domain of the page, so the visitor of the link was ignored.',
  'link-expired': 'Must be at most 120 seconds old, so the visitor of the link was ignored.',
  'link-used': 'Must be used once, so the visitor of the link was ignored.',
  'link-not-granted': 'Must have a grant of the shopper, so the visitor of the link was ignored.',
} as const;

function getToken(signal: unknown): string | undefined {
  if (!isObject(signal) || signal.type !== 'identify' || !isObject(signal.user)) return undefined;
  return typeof signal.user.link === 'string' ? signal.user.link : undefined;
}

/** Reads consent and visitor of a signal as they are read when it is accepted. */
function readSignal(signal: unknown, { requester, visitor }: LinkCaller, site: Site, { now, newId }: Clocked): Event | undefined {
  const given = isObject(signal) ? signal : {};
  const context = { ...requester, reporter: 'browser' as const, ...(visitor !== undefined && { visitor }) };
  const result = acceptSignal({ id: newId(), ...given, type: 'identify' }, context, site, now(), newId);
  return 'event' in result ? result.event : undefined;
}

/** Returns whether a link may start or end at the browser: only with a grant, and of no crawler. */
function mayLink(event: Event): boolean {
  return isFromPage(event) && event.consent.effective === 'granted' && !event.bot;
}

/**
 * Creates the record of a redeemed token. Its key in the event log depends on the token alone, so the consent has no single uses.
 * @param own the visitor of the browser from now on
 * @param other the same browser's visitor until now, or on the other domain
 */
function createLinkRecord({ consent, ...event }: Event, own: string, other: string | undefined, nonce: string): Event {
  const { stated, effective, source } = consent;
  return {
    ...event,
    name: linkEventName,
    id: `link-${sha256(nonce).slice(0, 32)}`,
    consent: { stated, effective, ...(source && { source }) },
    identity: { forms: {}, clickIds: {}, anonymousId: own, ...(other !== undefined && other !== own && { joined: other }) },
    ...{ client: {}, page: {}, warnings: [] },
  };
}
