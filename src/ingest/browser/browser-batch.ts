import { type Consent, isGpcDenial } from '../../event/consent.ts';
import type { Event, Sha256 } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import { sha256 } from '../../identity/hashing.ts';
import { isObject } from '../../net/parse-json.ts';
import { mergeClickIds, type StoredClickIds } from '../../visitors/click-cookie.ts';
import { platformCookies } from '../../visitors/click-ids.ts';
import { isVisitorId, newVisitorId } from '../../visitors/visitor-id.ts';
import { acceptEvent, acceptSignal, type SubmissionContext } from '../accept/accept.ts';
import {
  type AppendDeps,
  acceptAndAppend,
  type IngestResponse,
  type IngestResult,
  toIngestResponse,
} from '../accept/append-events.ts';
import { parseTimestamp } from '../accept/parse-time.ts';
import { type RedeemedLink, redeemLink } from '../links/cross-domain-links.ts';
import { createDenialLimit, type DeniedPlaces } from './denied-purchases.ts';

/** A parsed body of a browser: `{"sentAt", "events", "signals"}`. */
export interface BrowserBatch {
  readonly sentAt: unknown;
  readonly events: readonly unknown[];
  readonly signals: readonly unknown[];
}

/** The content of Convey's cookies: the visitor, and the click ids that Convey keeps. */
export interface StoredVisitor {
  readonly visitor?: string;
  readonly clicks: StoredClickIds;
  /** Whether the shopper stated a grant. It outlives Global Privacy Control. */
  readonly hasGrant?: boolean;
}

/** The dependencies of a body of a browser. */
export interface BrowserBatchDeps extends Omit<AppendDeps, 'append'> {
  /** The host of the page. Absent: not known. */
  readonly host?: string;
  /** Appends to the event log. `hasDenial`: a report of the body denies. */
  readonly append: (records: Parameters<AppendDeps['append']>[0], hasDenial: boolean) => ReturnType<AppendDeps['append']>;
  readonly deniedPlaces: DeniedPlaces;
}

/** The 202 response, and the new content of the cookies. */
export interface BrowserBatchResult {
  /** The results as they are counted. The response counts an event that was stored before as accepted. */
  readonly counted: IngestResponse;
  readonly response: Omit<IngestResponse, 'ids'> & {
    readonly signalIssues?: readonly ({ readonly signal: number } & Issue)[];
    /** The visitor id: Convey's own, or the one that the page sent; null if consent does not allow one. */
    readonly visitorId: string | null;
    /** The shopper's hashed external id, if the body states one. */
    readonly uid: Sha256 | null;
  };
  /** The new content of the cookies. `forget`: the shopper denied. `undefined`: unchanged. */
  readonly cookies: StoredVisitor | 'forget' | undefined;
  /** The platforms' cookies that the page could read, by its latest reports. */
  readonly pageCookies: Readonly<Record<string, string>>;
}

interface Report {
  readonly kind: 'event' | 'signal';
  readonly index: number;
  readonly input: unknown;
}

type Statement = Pick<Consent, 'stated' | 'effective' | 'source'>;

const maxCookieLength = 4_096;

/**
 * Accepts one body of a browser, in the order in which its events happened: a click id or a reset applies to the events after it.
 * @throws LogUnavailableError: then nothing of the body may be acknowledged, and no cookie may be set.
 */
export async function ingestBrowserBatch(
  { sentAt, events, signals }: BrowserBatch,
  requester: Omit<SubmissionContext, 'reporter'>,
  stored: StoredVisitor,
  site: Site,
  deps: BrowserBatchDeps,
): Promise<BrowserBatchResult> {
  const now = deps.now();
  const sent = parseTimestamp(sentAt) ?? now;
  const clockBehindMs = now - sent;
  let { visitor, clicks } = stored;
  let last: Statement | undefined;
  let uid: Sha256 | undefined;
  let pageCookies: Readonly<Record<string, string>> = {};
  const denials = createDenialLimit(deps.deniedPlaces);
  let hasDenial = false;

  const caller = { requester: { ...requester, reporter: 'browser' as const }, visitor, host: deps.host };
  const link = await redeemLink(signals, caller, site, { ...deps, append: (records) => deps.append(records, false) });
  const read = ({ kind, index, input }: Report) => {
    if (kind === 'signal' && index === link?.signal) visitor = link.visitor ?? visitor;
    const own = readCookies(input);
    pageCookies = { ...pageCookies, ...own };
    const context: SubmissionContext = {
      ...requester,
      reporter: 'browser',
      clockBehindMs,
      ...(visitor !== undefined && { visitor }),
      newVisitor: newVisitorId(now, sha256(deps.newId())),
      clicks,
      cookies: { ...requester.cookies, ...own },
    };
    const result = (kind === 'event' ? acceptEvent : acceptSignal)(input, context, site, now, deps.newId);
    if ('event' in result) applyEvent(result.event);
    else if (isObject(input) && isObject(input.consent)) applyRejectedConsent(input.consent);
    if ('event' in result && result.event.consent.stated === 'denied') hasDenial = true;
    return denials.limit(result);
  };
  const applyConsent = (consent: Statement) => {
    // Global Privacy Control adds nothing to a denial.
    if (!isGpcDenial(consent) || last?.stated !== 'denied') last = consent;
  };
  /** Applies the denial of a report that could not be accepted. */
  const applyRejectedConsent = ({ adStorage, explicit, source }: Readonly<Record<string, unknown>>) => {
    if (adStorage !== 'denied' || explicit === false) return;
    applyConsent({ stated: 'denied', effective: 'denied', ...(source === 'gpc' && { source }) });
  };
  const applyEvent = ({ name, id, time, consent, identity }: Event) => {
    applyConsent(consent);
    if (consent.effective !== 'granted') return;
    // Derived from the reset itself, so that a repeated reset names the same visitor.
    visitor = name === '$reset' ? newVisitorId(time - clockBehindMs, sha256(`${site.id} ${id}`)) : identity.anonymousId;
    clicks = mergeClickIds(clicks, identity.clickIds);
    uid = identity.externalId ?? uid;
  };

  const reports = sortReports(events, signals, sent);
  const append = (records: Parameters<AppendDeps['append']>[0]) => deps.append(records, hasDenial);
  const appended = acceptAndAppend(reports, read, { site, reporter: 'browser', now }, { ...deps, append });
  const results = await appended.catch((error: unknown) => {
    denials.giveBack();
    throw error;
  });
  const getResults = (kind: Report['kind']) =>
    results
      .map((one, at) => ({ one, report: reports[at] }))
      .filter(({ report }) => report?.kind === kind)
      .toSorted((a, b) => (a.report?.index ?? 0) - (b.report?.index ?? 0))
      .map(({ one }) => one);

  const counted = toIngestResponse(getResults('event'));
  const { ids: _ids, ...response } = toIngestResponse(getResults('event').map(hideEarlierReport));
  const isGranted = last?.effective === 'granted';
  const isForgotten = last?.stated === 'denied' && !(stored.hasGrant && isGpcDenial(last));
  const signalIssues = [...listSignalIssues(getResults('signal')), ...listLinkIssues(link)];
  return {
    counted,
    response: {
      ...response,
      ...(signalIssues.length > 0 && { signalIssues }),
      visitorId: (isGranted && visitor) || null,
      uid: (isGranted && uid) || null,
    },
    cookies: isGranted
      ? {
          clicks,
          ...(visitor !== undefined && isVisitorId(visitor) && { visitor }),
          hasGrant: last?.stated === 'granted',
        }
      : isForgotten
        ? 'forget'
        : undefined,
    pageCookies,
  };
}

/**
 * Returns the result as a browser may know it: only a repeat within its own body is a duplicate. Otherwise anyone could find out which
 * orders a shop has, by their numbers.
 */
function hideEarlierReport(result: IngestResult): IngestResult {
  return 'rejection' in result ? result : { ...result, isDuplicate: result.isRepeated };
}

/**
 * Sorts reports by time, oldest first. A report without a readable time counts as sent with the body. A reset comes last of its moment,
 * because the other reports of that moment belong to the old visitor.
 */
function sortReports(events: readonly unknown[], signals: readonly unknown[], sent: UnixMs): readonly Report[] {
  const getTime = (input: unknown) => (isObject(input) ? parseTimestamp(input.time) : undefined) ?? sent;
  const isReset = ({ kind, input }: Report) => kind === 'signal' && isObject(input) && input.type === 'reset';
  const reports = [
    ...signals.map((input, index) => ({ kind: 'signal', index, input }) as const),
    ...events.map((input, index) => ({ kind: 'event', index, input }) as const),
  ];
  return reports.toSorted((a, b) => getTime(a.input) - getTime(b.input) || Number(isReset(a)) - Number(isReset(b)));
}

/** Returns the platforms' cookies that the page could read and that the browser may not send to the collector's host. */
function readCookies(input: unknown): Readonly<Record<string, string>> {
  const cookies = isObject(input) && isObject(input.cookies) ? input.cookies : {};
  return Object.fromEntries(
    platformCookies.flatMap((name) => {
      const value = Object.hasOwn(cookies, name) ? cookies[name] : undefined;
      return typeof value === 'string' && value.length <= maxCookieLength ? [[name, value]] : [];
    }),
  );
}

function listLinkIssues(link: RedeemedLink | undefined) {
  return link?.issue ? [{ signal: link.signal, ...link.issue }] : [];
}

function listSignalIssues(signals: readonly IngestResult[]) {
  return signals.flatMap((one, signal) => {
    const issues = 'rejection' in one ? one.rejection.issues : one.warnings;
    return issues.map((issue) => ({ signal, ...issue }));
  });
}
