import { pendingConsentMs, requiresConsent } from '../../event/consent.ts';
import { type ConsentTally, toConsentTally } from '../../event/consent-tally.ts';
import type { CountryLookup } from '../../event/country-source.ts';
import type { BrowserTagState, Commerce, Event, Page, ReportSource } from '../../event/event.ts';
import {
  denialEventName,
  isAdjustmentName,
  isStandardEventName,
  normalizeEventName,
  renewalName,
  signalName,
  signalTypes,
} from '../../event/event-names.ts';
import type { Issue } from '../../event/issue.ts';
import { countsOfflineOrders } from '../../event/offline-orders.ts';
import type { PaymentReferences } from '../../event/payment-references.ts';
import { redactDeniedEvent } from '../../event/redact-denied-event.ts';
import { createRejectionIssue } from '../../event/rejection-reasons.ts';
import { domainMatches, isSimulatedPlatform, type Site, type TagConfig } from '../../event/site.ts';
import type { NeverSentReason } from '../../event/skip-reasons.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';
import type { Via } from '../../event/via.ts';
import { parseCountryCode } from '../../identity/country-code.ts';
import { sha256 } from '../../identity/hashing.ts';
import { containsEmail } from '../../identity/personal-text.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { isObject } from '../../net/parse-json.ts';
import type { StoredClickIds } from '../../visitors/click-cookie.ts';
import { checkAdjustment, createAdjustmentId, refundIdMissing } from './adjustment.ts';
import { applyDefaultCurrency } from './default-currency.ts';
import { dropForeignUrl } from './drop-foreign-url.ts';
import { resolveConsent } from './effective-consent.ts';
import { createReadContext, idReplacedMessage, isPlaceholder, type ReadContext } from './field-readers.ts';
import { getOwnNames } from './own-names.ts';
import { parseEventTime } from './parse-time.ts';
import { getPlainHost } from './plain-url.ts';
import { readProperties } from './properties.ts';
import { resolveBrowserIds } from './resolve-browser-ids.ts';
import { resolveClickIds } from './resolve-click-ids.ts';
import { containsOwnIdentifier, type OwnIdentifiers } from './scrub-pii.ts';
import { type GivenPage, type GivenUser, readCommerce, readConsent, readGoal, readPage, readUser } from './submission.ts';
import { hasMisspeltKey, warnUnknownKeys } from './unknown-keys.ts';
import { getOwnIdentifiers, isCrawler, parseUserPhone, readClientFields, readUserIdentity } from './user-fields.ts';

/**
 * The sender of an event. A browser belongs to the shopper, so the request's address, agent and country are the shopper's; a server sends
 * those of the shopper in `user`.
 */
export interface SubmissionContext {
  readonly reporter: ReportSource;
  /** Absent: the source's own way in. */
  readonly via?: Via;
  readonly ip?: string;
  readonly userAgent?: string;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string;
  /** Absent: the country is of the proxy's header. */
  readonly countryFrom?: 'table';
  /** Finds the country of an address that a server states. */
  readonly lookUpCountry?: CountryLookup | undefined;
  /** Whether the browser sent `Sec-GPC: 1`. */
  readonly gpc: boolean;
  /** The time by which the sender's clock is behind ours; negative if it is ahead. */
  readonly clockBehindMs?: number;
  /** The visitor id of Convey's own cookie. It takes precedence over the visitor id of the event. */
  readonly visitor?: string;
  /** The visitor id to use if neither the cookie nor the event has one. */
  readonly newVisitor?: string;
  /** Click ids of Convey's own cookie. */
  readonly clicks?: StoredClickIds;
  /** Cookies of the page that platforms wrote. */
  readonly cookies?: Readonly<Record<string, string>>;
  /** The shop's reason why no platform may receive the event. */
  readonly notSent?: NeverSentReason;
  /** Requires explicit consent even if the site's policy is `regional`. */
  readonly requiresConsent?: boolean;
  /** The URL of the page on which the shopper landed, as the shop reports it. */
  readonly landing?: string;
  readonly payment?: PaymentReferences;
}

/** The reasons why an event was not accepted. Neither field holds a personal value. */
export interface Rejection {
  readonly id?: string;
  /** The canonical name. */
  readonly name?: string;
  readonly issues: readonly Issue[];
}

export type AcceptResult = (
  | {
      readonly event: Event;
      /** The visitor's choice as it is counted. It may have a country that the event must not have. */
      readonly tally?: ConsentTally;
    }
  | { readonly rejection: Rejection }
) & {
  /** A record of the shopper's denial alone. It ends the visitor's profile, if the report names a visitor. */
  readonly denial?: Event;
  /** The number of characters that were read, as a measure of the work. */
  readonly spent: number;
};

const negativePurchase =
  'Must not be negative for a purchase. The value is kept and sent. Report a refund as `Refund`, so that it does not count as a purchase.';

const consentMissingMessage = `Must state consent, because the site's policy counts a missing choice as denied. Unless another report of the event states it within ${pendingConsentMs / secondMs} s, the event is skipped as \`consent-denied\`, and its data is removed. Send \`consent\`, or the shopper's visitor id in \`user.anonymousId\`.`;

/** The keys of a submitted event. */
const eventKeys: ReadonlySet<string> = new Set([
  ...['name', 'id', 'time', 'page', 'user', 'clickIds', 'browserIds', 'uetVid'],
  ...['consent', 'commerce', 'goal', 'properties'],
]);

/**
 * Turns a submitted event into an Event, or returns the reasons of its rejection. Only the name, the id, the time and the body itself can
 * reject: another wrong field is dropped with a warning. Raw e-mail, phone and external id become hashes here, and a denied event is
 * redacted. Pure: `newId` returns unguessable unique ids, such as UUIDs.
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
 * Turns a signal, `{"id", "type", "time", "user", "consent", "page"}`, into its record for the event log, or returns the reasons of its
 * rejection. Keeps only the visitor id of a denial, because the denial ends that visitor's profile.
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

function readSignalType(input: unknown): NameRead {
  const type = signalTypes.find((one) => one === input);
  if (type) return { name: signalName(type) };
  return { issue: createRejectionIssue('type', 'signal-unknown') };
}

type NameRead = { readonly name: string } | { readonly issue: Issue };

function read(
  submission: unknown,
  parseName: (input: unknown, own: OwnIdentifiers) => NameRead,
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
  // Consent and user come first: they decide which other data may be kept.
  // The pixel and the webhooks send what Convey knows; a server's keys are typed by hand.
  const warnsUnknownKeys = requester.reporter === 'server';
  const early = createReadContext([], { warnsUnknownKeys });
  const statement = readConsent(submission, early);
  const input = readUser(submission.user, 'user', early) ?? {};
  const user = requester.reporter === 'browser' ? toBrowserUser(requester, input) : input;
  const country = resolveCountry(user, requester, site, submission.user, early);
  const consent = resolveConsent(statement, {
    policy: requester.requiresConsent && site.consent.policy === 'regional' ? 'strict' : site.consent.policy,
    reporter: requester.reporter,
    gpc: requester.gpc,
    ...(country !== undefined && { country }),
  });
  const isDenied = consent.effective === 'denied';
  const phone = parseUserPhone(user, site);
  // If consent is denied, not even a hash of the phone number may be kept.
  const reading = createReadContext(getOwnIdentifiers(user, phone), {
    names: getOwnNames(user),
    standIn: isDenied ? newId : undefined,
    warnsUnknownKeys,
  });
  if (warnsUnknownKeys) warnUnknownKeys(submission, eventKeys, '', reading);
  for (const { field, code, message } of early.warnings) reading.warn(field, code, message);

  const name = parseName(submission.name, reading.own);
  const commerce = readCommerce(submission.commerce, 'commerce', reading) ?? {};
  if ('name' in name && name.name === 'Purchase' && commerce.value !== undefined && commerce.value < 0)
    reading.warn('commerce.value', 'value-negative', negativePurchase);
  const id = readId(submission.id, reading);
  const time = parseEventTime(submission.time, now, site, requester.clockBehindMs);
  const money = applyDefaultCurrency(commerce, site, reading);
  const adjusted = 'name' in name && isAdjustmentName(name.name) ? name.name : undefined;
  const faults = adjusted === undefined ? [] : checkAdjustment(requester.reporter, submission.commerce, money);
  if ('issue' in name || 'issue' in id || 'issue' in time || faults.length > 0) {
    const issues = [name, id, time].flatMap((part) => ('issue' in part ? [part.issue] : [])).concat(faults);
    return { rejection: { ...('id' in id && id), ...('name' in name && name), issues }, spent: early.spent() + reading.spent() };
  }
  if (adjusted !== undefined && id.id === undefined && createAdjustmentId(adjusted, money) === undefined)
    reading.warn('id', 'id-missing', refundIdMissing);
  const person = readUserIdentity(user, phone, requester.reporter, reading);
  const isPending = consent.effective === 'pending' && statement.adStorage === undefined;
  if (requester.reporter === 'server' && isPending && adjusted === undefined) {
    const isNamed = person.anonymousId !== undefined || commerce.checkoutId !== undefined;
    if (!isNamed) reading.warn('consent', 'consent-missing', consentMissingMessage);
  }
  const givenPage = readPage(submission.page, 'page', reading) ?? {};
  const page = removeBrowserTag(givenPage);
  const shopPage = dropForeignUrl(page, requester.reporter, site, reading);
  const event: Event = {
    v: 1,
    site: site.id,
    reporter: requester.reporter,
    ...(requester.via && { via: requester.via }),
    name: name.name,
    id: id.id ?? createDefaultId(name.name, money) ?? newId(),
    time: time.time,
    receivedAt: now,
    consent,
    identity: readIdentity(submission, person, requester, time.time, page, site, reading),
    client: readClientFields(user, requester, reading),
    page: { ...shopPage, browserTags: getTagStates(givenPage, site) },
    commerce: money,
    goal: readGoal(submission.goal, 'goal', reading) ?? {},
    properties: readProperties(submission.properties, 'properties', reading) ?? {},
    ...(requester.payment && { payment: requester.payment }),
    bot: isCrawler(user.userAgent),
    warnings: reading.warnings,
  };
  const { anonymousId: visitor } = person;
  const notSent = requester.notSent ?? (adjusted && 'record-only');
  const isKept = (notSent === 'offline-order' && countsOfflineOrders(site)) || (notSent === 'record-only' && mayBeSale(event));
  if (notSent !== undefined && !isKept)
    return { event: toRecordOnlyEvent(event, notSent), spent: early.spent() + reading.spent() };
  const kept = isKept ? { ...event, notSent } : event;
  const tally = toConsentTally(kept, { country: user.country, version: statement.version });
  return {
    event: isDenied ? redactDeniedEvent(kept, sha256(newId()).slice(0, 32)) : kept,
    ...(tally && { tally }),
    ...(consent.stated === 'denied' && visitor !== undefined && { denial: createDenialRecord(event, { visitor }) }),
    spent: early.spent() + reading.spent(),
  };
}

/** Returns the id of an event without one. A repeated order, cancellation or whole refund thus has the same id. */
function createDefaultId(name: string, commerce: Commerce): string | undefined {
  if (isAdjustmentName(name)) return createAdjustmentId(name, commerce);
  return name === 'Purchase' && commerce.orderId !== undefined ? `purchase-${commerce.orderId}` : undefined;
}

function removeBrowserTag(page: GivenPage): Page {
  if (page.browserTag === undefined) return page;
  const { browserTag: _, ...rest } = page;
  return rest;
}

/** Returns the states of the browser tags, as the report states them or as the site's settings suggest. */
function getTagStates({ browserTag, browserTags }: GivenPage, site: Site): Readonly<Record<string, BrowserTagState>> {
  const states = getDefaultTagStates(site);
  if (browserTag === undefined && browserTags === undefined) return states;
  return { ...states, ...(browserTag && { microsoft: browserTag }), ...browserTags };
}

/** The states of each site's tags. A changed site is another object. */
const defaultTagStates = new WeakMap<Site, Readonly<Record<string, BrowserTagState>>>();

/** Returns the states of the site's tags in a report that does not state them. */
function getDefaultTagStates(site: Site): Readonly<Record<string, BrowserTagState>> {
  const known = defaultTagStates.get(site);
  if (known) return known;
  const isRunning = (id: string, { mode }: TagConfig) => mode === 'attach' || (mode === 'load' && !isSimulatedPlatform(site, id));
  const states = Object.entries(site.tags).map(([id, tag]) => [id, isRunning(id, tag) ? 'ran' : 'none'] as const);
  const made = { microsoft: 'none', ...Object.fromEntries(states) } as const;
  defaultTagStates.set(site, made);
  return made;
}

/** Returns whether a renewal may be the first sale after a trial, which only the store knows. */
function mayBeSale({ name, payment }: Event): boolean {
  return name === renewalName && payment?.subscription !== undefined;
}

/** Returns the event without personal data. It is never sent, so consent does not apply to it. */
function toRecordOnlyEvent(event: Event, notSent: NeverSentReason): Event {
  const { stated } = event.consent;
  const { payment, ...others } = event;
  const { orderId, ...rest } = event.commerce;
  const commerce = stated === 'denied' || orderId === undefined ? rest : event.commerce;
  return {
    ...others,
    ...(payment && stated !== 'denied' && { payment }),
    consent: { stated, effective: 'granted' },
    identity: { forms: {}, clickIds: {} },
    client: {},
    commerce,
    notSent,
  };
}

/** The shopper whose choice a record holds, by the visitor id or the checkout. */
interface ChoiceSubject {
  readonly visitor?: string | undefined;
  readonly checkoutId?: string | undefined;
}

/**
 * Creates a record that holds only the choice and the ids of its shopper. A repeat of the event creates the same record, because its id
 * is a hash of both.
 */
export function createDenialRecord(
  { v, site, reporter, id, time, receivedAt, consent }: Event,
  { visitor, checkoutId }: ChoiceSubject,
): Event {
  return {
    ...{ v, site, reporter, time, receivedAt, consent },
    name: denialEventName,
    id: `denial-${sha256(`${visitor ?? checkoutId} ${id}`).slice(0, 32)}`,
    identity: { forms: {}, clickIds: {}, ...(visitor !== undefined && { anonymousId: visitor }) },
    commerce: checkoutId === undefined ? {} : { checkoutId },
    ...{ client: {}, page: {}, goal: {}, properties: {}, bot: false, warnings: [] },
  };
}

/**
 * Returns the user with the address, agent and country of the request and the visitor of the cookie: a browser cannot state these itself.
 */
function toBrowserUser({ ip, userAgent, country, visitor }: SubmissionContext, input: GivenUser): GivenUser {
  const { ip: _ip, userAgent: _userAgent, country: _country, ...person } = input;
  const address = ip === undefined ? undefined : parseIpAddress(ip);
  const countryCode = country === undefined ? undefined : parseCountryCode(country);
  return {
    ...person,
    ...(address !== undefined && { ip: address }),
    ...(userAgent !== undefined && { userAgent }),
    ...(countryCode !== undefined && { country: countryCode }),
    ...(visitor !== undefined && { anonymousId: visitor }),
  };
}

/**
 * Returns the shopper's country for the consent policy. The site's default replaces a missing country if the site says so, but not an
 * unreadable or misspelt one, because the shopper may be in any country. Nor does it replace a country of the EEA, the UK or Switzerland
 * that the tables have for the stated address.
 */
function resolveCountry(
  user: GivenUser,
  { reporter, lookUpCountry }: SubmissionContext,
  site: Site,
  input: unknown,
  early: ReadContext,
): string | undefined {
  if (user.country !== undefined || reporter === 'browser') return user.country;
  const isUnreadable = early.warnings.some(
    ({ field, code }) => field === 'user.country' || (field === 'user' && code === 'wrong-type'),
  );
  if (isUnreadable || hasMisspeltKey(input, 'country')) return undefined;
  if (site.consent.missingCountry === 'unknown' || site.defaultCountry === undefined) return undefined;
  // A server's address may be that of its own proxy, so a table can only make the default stricter.
  const found = user.ip === undefined ? undefined : lookUpCountry?.(user.ip);
  return found !== undefined && requiresConsent('regional', found) ? found : parseCountryCode(site.defaultCountry);
}

function readIdentity(
  submission: Readonly<Record<string, unknown>>,
  person: ReturnType<typeof readUserIdentity>,
  requester: SubmissionContext,
  time: UnixMs,
  page: Page,
  site: Site,
  reading: ReadContext,
): Event['identity'] {
  const cookies = requester.cookies ?? {};
  const browserIds = resolveBrowserIds(submission, cookies, reading);
  const anonymousId = person.anonymousId ?? requester.newVisitor;
  return {
    ...person,
    ...(anonymousId !== undefined && { anonymousId }),
    ...(browserIds && { browserIds }),
    clickIds: resolveClickIds(
      {
        given: submission.clickIds,
        pageUrl: page.url,
        ownReferrer: keepOwnPage(page.referrer, site),
        stored: requester.clicks ?? {},
        cookies,
        landing: requester.landing,
      },
      time,
      reading,
    ),
  };
}

/** Returns the URL if it is one of the shop's own pages. */
function keepOwnPage(url: string | undefined, { domains }: Site): string | undefined {
  const host = url === undefined ? undefined : (getPlainHost(url) ?? URL.parse(url)?.hostname);
  return host !== undefined && domainMatches(domains, host) ? url : undefined;
}

function readName(input: unknown, own: OwnIdentifiers): NameRead {
  const name = typeof input === 'string' ? normalizeEventName(input.trim()) : undefined;
  if (name !== undefined && !isStandardEventName(name) && containsOwnIdentifier(name, own))
    return { issue: createRejectionIssue('name', 'name-is-personal') };
  if (name !== undefined) return { name };
  const isAbsent = input === undefined || input === null || input === '';
  return isAbsent
    ? { issue: createRejectionIssue('name', 'name-missing') }
    : { issue: createRejectionIssue('name', 'name-invalid') };
}

/** Keeps the id unchanged: the browser's tag reports the same id, and platforms compare ids byte for byte. */
function readId(input: unknown, reading: ReadContext): { readonly id?: string } | { readonly issue: Issue } {
  if (input === undefined || input === null) return {};
  if (typeof input !== 'string' && !(typeof input === 'number' && Math.abs(input) <= Number.MAX_SAFE_INTEGER))
    return { issue: createRejectionIssue('id', 'id-invalid') };
  const id = String(input);
  if (isPlaceholder(id)) {
    // If a broken script sent one id for all events, all but the first would count as repeats.
    const message = 'Must not be blank or a placeholder such as `null`, so it counts as absent. Send the id, or omit it.';
    reading.warn('id', 'id-placeholder', message);
    return {};
  }
  if (id.length > 128 || /\p{Cc}/u.test(id) || !id.isWellFormed()) return { issue: createRejectionIssue('id', 'id-invalid') };
  if (containsEmail(id)) return { issue: createRejectionIssue('id', 'id-is-personal') };
  if (!containsOwnIdentifier(id, reading.own)) return { id };
  reading.warn('id', 'id-is-personal', idReplacedMessage);
  return { id: reading.standIn(id) };
}
