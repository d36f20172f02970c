import { type Consent, consentUses, denialReachMs, type UseChoices } from '../../event/consent.ts';
import {
  type Client,
  type Commerce,
  type EnrichedEvent,
  type Event,
  isTrusted,
  type NormalForms,
  type ReportSource,
} from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import { redactDeniedEvent } from '../../event/redact-denied-event.ts';
import { formKinds } from '../../identity/form-kinds.ts';

/** A server's report is written for Convey, a webhook's is the shop system's record of the order, a browser's may be forged. */
const ranks: Readonly<Record<ReportSource, number>> = { server: 0, webhook: 1, browser: 2 };

type Reports = readonly [Event, ...Event[]];

/**
 * Merges the reports of one event. `reports` has the primary report first. A server's or webhook's report dates the event, decides whether
 * a crawler caused it, and keeps every member that it states; if both exist, the server's counts. A browser's report fills in the rest. The
 * browser's `page.browserTags` always count: only the browser can observe the tags, and a server's value is a default.
 */
export function mergeReports(reports: Reports): EnrichedEvent {
  const [first] = reports;
  if (reports.length === 1) return { ...first, reporters: [first.reporter] };
  const lead = getLeadReport(reports);
  const consent = mergeConsent(reports);
  const ranked = byRank(reports);
  const [notSent] = ranked.flatMap((report) => report.notSent ?? []);
  const [deniedId] = consent.effective === 'denied' ? ranked.flatMap((report) => report.deniedId ?? []) : [];
  const used =
    consent.effective === 'denied'
      ? ranked.map((report) => withoutPerson(report, deniedId))
      : ranked.filter((report) => report.consent.effective !== 'denied');
  const trusted = used.filter(isTrusted);
  const browser = used.filter((report) => !isTrusted(report));
  const [payment] = trusted.flatMap((report) => report.payment ?? []);
  const browserTags = prefer([...browser, ...trusted].map(({ page }) => page.browserTags ?? {}));
  const browserIds = prefer(used.map(({ identity }) => identity.browserIds ?? {}));
  return {
    v: first.v,
    site: first.site,
    reporter: first.reporter,
    reporters: [...new Set(reports.map(({ reporter }) => reporter))],
    name: first.name,
    id: first.id,
    time: lead.time,
    receivedAt: lead.receivedAt,
    consent,
    identity: {
      ...prefer(used.map(({ identity }) => identity)),
      forms: mergeForms(
        trusted.map(({ identity }) => identity.forms),
        browser.map(({ identity }) => identity.forms),
      ),
      clickIds: prefer(used.map(({ identity }) => identity.clickIds)),
      ...(Object.keys(browserIds).length > 0 && { browserIds }),
    },
    client: mergeClients(used.map(({ client }) => client)),
    page: {
      ...prefer(used.map(({ page }) => page)),
      ...(Object.keys(browserTags).length > 0 && { browserTags }),
    },
    commerce: mergeCommerce(
      trusted.map(({ commerce }) => commerce),
      browser.map(({ commerce }) => commerce),
    ),
    goal: prefer(used.map(({ goal }) => goal)),
    properties: prefer(used.map(({ properties }) => properties)),
    ...(payment && { payment }),
    bot: (reports.some(isTrusted) ? reports.filter(isTrusted) : reports).some(({ bot }) => bot),
    ...(notSent !== undefined && { notSent }),
    ...(deniedId !== undefined && { deniedId }),
    warnings: reports.flatMap(({ warnings }) => warnings),
  };
}

/** Returns the report whose time counts: the server's, else the webhook's, else the first. */
export function getLeadReport<Report extends Pick<Event, 'reporter'>>(reports: readonly [Report, ...Report[]]): Report {
  return byRank(reports)[0] ?? reports[0];
}

function byRank<Report extends Pick<Event, 'reporter'>>(reports: readonly Report[]): readonly Report[] {
  return reports.toSorted((a, b) => ranks[a.reporter] - ranks[b.reporter]);
}

/** Returns the contradiction between the totals of the reports of one event, if the shop reported it. */
export function findTotalMismatch(reports: readonly Event[]): readonly Issue[] {
  if (!reports.some(isTrusted)) return [];
  const differ = (read: (event: Event) => unknown) => new Set(reports.map(read).filter((value) => value !== undefined)).size > 1;
  const field = differ(({ commerce }) => commerce.value && Math.round(commerce.value * 1_000))
    ? 'value'
    : differ(({ commerce }) => commerce.currency)
      ? 'currency'
      : undefined;
  if (field === undefined) return [];
  const message =
    "The reports of this event have different totals; the server's total is sent. Report the same total from the page and the server: with or without tax and shipping, in one currency.";
  return [{ field: `commerce.${field}`, code: 'totals-differ', message }];
}

/**
 * Returns the consent that counts: a stated denial, else a stated grant, else what the policy decided, else `pending`. A browser's denial
 * and a grant of the shop that were received more than an hour apart do not contradict: the grant counts.
 */
function mergeConsent(reports: readonly Event[]): Consent {
  const grants = reports.filter(isStatedGrant);
  const consents = reports
    .filter((report) => grants.length === 0 || !isBrowserDenial(report) || grants.some((grant) => isWithinReach(report, grant)))
    .map(({ consent }) => consent);
  const findStated = (state: Consent['stated']) => consents.find((consent) => consent.stated === state);
  const effective = (state: Consent['effective']) => consents.find((consent) => consent.effective === state);
  const counted = findStated('denied') ?? findStated('granted') ?? effective('denied') ?? effective('granted') ?? unknownConsent;
  const { adUserData: _userData, adPersonalization: _personalization, ...consent } = counted;
  return consent.effective === 'denied' ? consent : { ...consent, ...mergeUses(reports) };
}

const unknownConsent: Consent = { stated: 'unknown', effective: 'pending' };

/**
 * Returns the choices about single uses: a denial beats a grant. A browser's denial and a grant of the shop that were received more than an
 * hour apart do not contradict: the grant counts.
 */
function mergeUses(reports: readonly Event[]): UseChoices {
  const merged = consentUses.flatMap((use) => {
    const grants = reports.filter((report) => isTrusted(report) && report.consent[use] === 'granted');
    const isOutdated = (report: Event) => grants.length > 0 && !grants.some((grant) => isWithinReach(report, grant));
    const choices = reports.flatMap((report) => (!isTrusted(report) && isOutdated(report) ? [] : (report.consent[use] ?? [])));
    const choice = choices.find((one) => one === 'denied') ?? choices[0];
    return choice === undefined ? [] : [[use, choice] as const];
  });
  return Object.fromEntries(merged);
}

export function isStatedGrant(report: Event): boolean {
  return isTrusted(report) && report.consent.stated === 'granted';
}

export function isBrowserDenial(report: Event): boolean {
  return !isTrusted(report) && report.consent.stated === 'denied';
}

export function isWithinReach(one: Event, other: Event): boolean {
  return Math.abs(one.receivedAt - other.receivedAt) <= denialReachMs;
}

/** Returns the report without personal data. Ingest has redacted a denied report already. */
function withoutPerson(report: Event, deniedId: string | undefined): Event {
  return report.consent.effective === 'denied' ? report : redactDeniedEvent(report, deniedId ?? '');
}

/** Takes the browser's e-mail only if no trusted report names one in any form; the same for each other part of the person's data. */
function mergeForms(trusted: readonly NormalForms[], browser: readonly NormalForms[]): NormalForms {
  const stated = prefer(trusted);
  const filled = prefer(browser);
  return Object.fromEntries(
    Object.values<readonly (keyof NormalForms)[]>(formKinds).flatMap((names) => {
      const source = names.some((name) => stated[name] !== undefined) ? stated : filled;
      return names.flatMap((name) => (source[name] === undefined ? [] : [[name, source[name]]]));
    }),
  );
}

/** Merges commerce fields. A browser's value fills in only if it is in the currency that the trusted reports state. */
function mergeCommerce(trusted: readonly Commerce[], browser: readonly Commerce[]): Commerce {
  const stated = prefer(trusted);
  const { value, ...rest } = prefer(browser);
  const isUsable = value !== undefined && (stated.currency === undefined || stated.currency === rest.currency);
  return prefer([stated, isUsable ? { ...rest, value } : rest]);
}

/** Prefers the values of the first client. A cookie's address of a later one does not join an address that an earlier one states. */
function mergeClients(inOrder: readonly Client[]): Client {
  const { cookieAddresses: _, countryFrom: __, ...merged } = prefer(inOrder);
  const located = inOrder.find(({ ip, cookieAddresses }) => ip !== undefined || cookieAddresses !== undefined);
  const countryFrom = inOrder.find(({ country }) => country !== undefined)?.countryFrom;
  return {
    ...merged,
    ...(countryFrom && { countryFrom }),
    ...(located?.cookieAddresses && { cookieAddresses: located.cookieAddresses }),
  };
}

/** Takes each member from the first object that has it. */
function prefer<T extends object>(inOrder: readonly T[]): T {
  return Object.assign(Object.create(null), ...inOrder.toReversed());
}
