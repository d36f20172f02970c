import type { Event, Page, Reporter } from '../../event/event.ts';
import { denialEventName, isStandardEventName, normalizeEventName, signalName, signalTypes } from '../../event/event-names.ts';
import type { Issue } from '../../event/issue.ts';
import { redactDeniedEvent } from '../../event/redact-denied.ts';
import { createRejectionIssue } from '../../event/rejection-reasons.ts';
import { domainMatches, type Site } from '../../event/site.ts';
import type { NeverSentReason } from '../../event/skip-reasons.ts';
import type { UnixMs } from '../../event/units.ts';
import type { StoredClickIds } from '../../identity/click-cookie.ts';
import { sha256 } from '../../identity/hashing.ts';
import { readAnonymousId, readUetVid } from '../../identity/visitor-id.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { isObject } from '../http/parse-json.ts';
import { applyDefaultCurrency } from './default-currency.ts';
import { resolveConsent } from './effective-consent.ts';
import { createReadContext, idReplacedMessage, isPlaceholder, type ReadContext } from './field-readers.ts';
import { dropForeignUrl } from './page-url.ts';
import { parseCountryCode } from './parse-country.ts';
import { parseEventTime } from './parse-time.ts';
import { readProperties } from './properties.ts';
import { resolveClickIds } from './resolve-click-ids.ts';
import { containsEmail, containsOwnIdentifier, type OwnIdentifiers } from './scrub-pii.ts';
import { type GivenUser, readCommerce, readConsent, readGoal, readPage, readUser } from './submission.ts';
import { getOwnIdentifiers, isCrawler, parseUserPhone, readClientFields, readUserIdentity } from './user-fields.ts';

/** Who brings the event. A browser is the shopper's own, so its address, agent and country are; a server describes them in `user`. */
export interface SubmissionContext {
  readonly reporter: Reporter;
  readonly ip?: string;
  readonly userAgent?: string;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string;
  /** `Sec-GPC: 1` */
  readonly gpc: boolean;
  /** How far the sender's clock is behind ours; negative where it is ahead. */
  readonly clockBehindMs?: number;
  /** Who Convey's own cookie says it is: beats what the event says. */
  readonly visitor?: string;
  /** Who it is where nothing says so. */
  readonly newVisitor?: string;
  /** Click ids that Convey keeps in its own cookie. */
  readonly clicks?: StoredClickIds;
  /** Cookies that platforms wrote on the page. */
  readonly cookies?: Readonly<Record<string, string>>;
  /** The shop says that it is nobody's conversion. */
  readonly notSent?: NeverSentReason;
  /** Where the site's policy would take silence for a yes, it waits for a word all the same. */
  readonly needsWord?: boolean;
  /** Where the shop says that the shopper came to it. */
  readonly landing?: string;
}

/** Why an event was not accepted. Neither field holds a personal value. */
export interface Rejection {
  readonly id?: string;
  /** Canonical. */
  readonly name?: string;
  readonly issues: readonly Issue[];
}

export type AcceptResult = (
  | {
      readonly event: Event;
      /** The report names a visitor and tells that they denied: the record that ends what is known of them. */
      readonly denial?: Event;
    }
  | { readonly rejection: Rejection }
) & {
  /** Characters that were read: what accepting took. */
  readonly spent: number;
};

/**
 * Turns a submitted event into an Event, or says why not. Only the name, the id, the time and the body itself can reject:
 * anything else that is wrong costs its field and becomes a warning. Raw e-mail, phone and external id end here as
 * hashes, and a denied event loses all that may not be kept. Pure: `newId` makes unguessable unique ids, such as UUIDs.
 */
export function acceptEvent(
  submission: unknown,
  requester: SubmissionContext,
  site: Site,
  now: UnixMs,
  newId: () => string,
): AcceptResult {
  return read(submission, readName, requester, site, now, newId);
}

/**
 * Turns a signal, `{"id", "type", "time", "user", "consent", "page"}`, into the record that the log keeps of it, or says why
 * not. A withdrawal keeps the id of the visitor whose facts it ends, and nothing else of them.
 */
export function acceptSignal(
  signal: unknown,
  requester: SubmissionContext,
  site: Site,
  now: UnixMs,
  newId: () => string,
): AcceptResult {
  const { id, time, user, consent, page, type } = isObject(signal) ? signal : {};
  const accepted = read({ id, time, user, consent, page }, () => readSignalType(type), requester, site, now, newId);
  if (!('event' in accepted)) return accepted;
  const { event, denial, spent } = accepted;
  return { event: type === 'consent' && denial ? { ...event, identity: denial.identity } : event, spent };
}

function readSignalType(given: unknown): NameRead {
  const type = signalTypes.find((one) => one === given);
  if (type) return { name: signalName(type) };
  return { issue: createRejectionIssue('type', 'signal-unknown') };
}

type NameRead = { readonly name: string } | { readonly issue: Issue };

function read(
  submission: unknown,
  nameOf: (given: unknown, own: OwnIdentifiers) => NameRead,
  requester: SubmissionContext,
  site: Site,
  now: UnixMs,
  newId: () => string,
): AcceptResult {
  if (!isObject(submission)) {
    return {
      rejection: { issues: [createRejectionIssue('', 'not-an-object')] },
      spent: 0,
    };
  }
  // Consent and person come first: they say what may be kept of all the rest.
  const early = createReadContext([]);
  const statement = readConsent(submission.consent, 'consent', early) ?? {};
  const given = readUser(submission.user, 'user', early) ?? {};
  const user = requester.reporter === 'browser' ? describedBy(requester, given) : given;
  const country = countryForConsent(user, requester, site, early);
  const consent = resolveConsent(statement, {
    policy: requester.needsWord && site.consent.policy === 'regional' ? 'strict' : site.consent.policy,
    reporter: requester.reporter,
    gpc: requester.gpc,
    ...(country !== undefined && { country }),
  });
  const isDenied = consent.effective === 'denied';
  const phone = parseUserPhone(user, site);
  // Of a shopper who denied not even a hash of the phone may stay.
  const reading = createReadContext(getOwnIdentifiers(user, phone), isDenied ? newId : undefined);
  for (const { field, code, message } of early.warnings) reading.warn(field, code, message);

  const name = nameOf(submission.name, reading.own);
  const commerce = readCommerce(submission.commerce, 'commerce', reading) ?? {};
  const id = readId(submission.id, reading);
  const time = parseEventTime(submission.time, now, requester.clockBehindMs);
  if ('issue' in name || 'issue' in id || 'issue' in time) {
    const issues = [name, id, time].flatMap((part) => ('issue' in part ? [part.issue] : []));
    return { rejection: { ...('id' in id && id), ...('name' in name && name), issues }, spent: early.spent() + reading.spent() };
  }
  const page = readPage(submission.page, 'page', reading) ?? {};
  const shopPage = dropForeignUrl(page, requester.reporter, site, reading);
  const event: Event = {
    v: 1,
    site: site.id,
    reporter: requester.reporter,
    name: name.name,
    id: id.id ?? (name.name === 'Purchase' && commerce.orderId !== undefined ? `purchase-${commerce.orderId}` : newId()),
    time: time.time,
    receivedAt: now,
    consent,
    identity: readIdentity(submission, user, phone, requester, time.time, page, site, reading),
    client: readClientFields(user, requester.reporter, reading),
    page: { ...shopPage, browserTag: page.browserTag ?? (site.uet.mode === 'off' ? 'none' : 'ran') },
    commerce: applyDefaultCurrency(commerce, site, reading),
    goal: readGoal(submission.goal, 'goal', reading) ?? {},
    properties: readProperties(submission.properties, 'properties', reading) ?? {},
    bot: isCrawler(user.userAgent),
    warnings: reading.warnings,
  };
  const visitor = user.anonymousId === undefined ? undefined : readAnonymousId(user.anonymousId);
  if (requester.notSent !== undefined)
    return { event: keptForTheRecord(event, requester.notSent), spent: early.spent() + reading.spent() };
  return {
    event: isDenied ? redactDeniedEvent(event, sha256(newId()).slice(0, 32)) : event,
    ...(consent.stated === 'denied' && visitor !== undefined && { denial: denialOf(event, visitor) }),
    spent: early.spent() + reading.spent(),
  };
}

/** It is sent nowhere, so consent is no question, and it names nobody. */
function keptForTheRecord(event: Event, notSent: NeverSentReason): Event {
  const { stated } = event.consent;
  const { orderId, ...rest } = event.commerce;
  const commerce = stated === 'denied' || orderId === undefined ? rest : event.commerce;
  return {
    ...event,
    consent: { stated, effective: 'granted' },
    identity: { forms: {}, clickIds: {} },
    client: {},
    commerce,
    notSent,
  };
}

/** Keeps the id of the visitor, and nothing else of them. Told again, it is the same record. */
function denialOf({ v, site, reporter, id, time, receivedAt, consent }: Event, visitor: string): Event {
  return {
    ...{ v, site, reporter, time, receivedAt, consent },
    name: denialEventName,
    id: `denial-${sha256(`${visitor} ${id}`).slice(0, 32)}`,
    identity: { forms: {}, clickIds: {}, anonymousId: visitor },
    ...{ client: {}, page: {}, commerce: {}, goal: {}, properties: {}, bot: false, warnings: [] },
  };
}

/** A browser cannot speak for its own address, agent or country: those are the request's, and its cookie names the visitor. */
function describedBy({ ip, userAgent, country, visitor }: SubmissionContext, given: GivenUser): GivenUser {
  const { ip: _ip, userAgent: _userAgent, country: _country, ...person } = given;
  const address = ip === undefined ? undefined : parseIpAddress(ip);
  const place = country === undefined ? undefined : parseCountryCode(country);
  return {
    ...person,
    ...(address !== undefined && { ip: address }),
    ...(userAgent !== undefined && { userAgent }),
    ...(place !== undefined && { country: place }),
    ...(visitor !== undefined && { anonymousId: visitor }),
  };
}

/** Where the shopper is, as far as consent goes. A country that was sent and could not be read may be any, not the site's own. */
function countryForConsent(user: GivenUser, { reporter }: SubmissionContext, site: Site, early: ReadContext): string | undefined {
  const isUnreadable = early.warnings.some(({ field }) => field === 'user' || field === 'user.country');
  if (user.country !== undefined || reporter === 'browser' || isUnreadable) return user.country;
  return site.defaultCountry === undefined ? undefined : parseCountryCode(site.defaultCountry);
}

function readIdentity(
  submission: Readonly<Record<string, unknown>>,
  user: GivenUser,
  phone: ReturnType<typeof parseUserPhone>,
  requester: SubmissionContext,
  time: UnixMs,
  page: Page,
  site: Site,
  reading: ReadContext,
): Event['identity'] {
  const cookies = requester.cookies ?? {};
  const uetVid = cookies._uetvid === undefined ? undefined : readUetVid(cookies._uetvid);
  const person = readUserIdentity(user, phone, reading);
  const anonymousId = person.anonymousId ?? requester.newVisitor;
  return {
    ...person,
    ...(anonymousId !== undefined && { anonymousId }),
    ...(uetVid !== undefined && { uetVid }),
    clickIds: resolveClickIds(
      {
        given: submission.clickIds,
        pageUrl: page.url,
        ownReferrer: ownPage(page.referrer, site),
        stored: requester.clicks ?? {},
        cookies,
        landing: requester.landing,
      },
      time,
      reading,
    ),
  };
}

/** An address of the shop's own; `undefined` for another's. */
function ownPage(url: string | undefined, { domains }: Site): string | undefined {
  const host = URL.parse(url ?? '')?.hostname;
  return host !== undefined && domainMatches(domains, host) ? url : undefined;
}

function readName(given: unknown, own: OwnIdentifiers): NameRead {
  const name = typeof given === 'string' ? normalizeEventName(given.trim()) : undefined;
  if (name !== undefined && !isStandardEventName(name) && containsOwnIdentifier(name, own))
    return { issue: createRejectionIssue('name', 'name-is-personal') };
  if (name !== undefined) return { name };
  const isAbsent = given === undefined || given === null || given === '';
  return isAbsent
    ? { issue: createRejectionIssue('name', 'name-missing') }
    : { issue: createRejectionIssue('name', 'name-invalid') };
}

/** Kept as it came: the browser's tag reports the same id, and platforms compare byte for byte. */
function readId(given: unknown, reading: ReadContext): { readonly id?: string } | { readonly issue: Issue } {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'string' && !(typeof given === 'number' && Math.abs(given) <= Number.MAX_SAFE_INTEGER))
    return { issue: createRejectionIssue('id', 'id-invalid') };
  const id = String(given);
  if (isPlaceholder(id)) {
    // One id for every event of a broken script would make all but the first of them duplicates.
    const message = "The id is blank or a script's word for no value, so it counts as absent. Send the id, or leave it out.";
    reading.warn('id', 'id-placeholder', message);
    return {};
  }
  if (id.length > 128 || /\p{Cc}/u.test(id) || !id.isWellFormed()) return { issue: createRejectionIssue('id', 'id-invalid') };
  if (containsEmail(id)) return { issue: createRejectionIssue('id', 'id-is-personal') };
  if (!containsOwnIdentifier(id, reading.own)) return { id };
  reading.warn('id', 'id-is-personal', idReplacedMessage);
  return { id: reading.standIn(id) };
}
