import { type Consent, type ConsentUse, consentUses, type UseChoices } from '../../event/consent.ts';
import { type Event, isFromPage, isTrusted } from '../../event/event.ts';
import { isConfirmed } from '../../visitors/report-confirmation.ts';
import { isSamePerson } from '../../visitors/visitor-profile.ts';
import { isBrowserDenial, isWithinReach } from './merge-reports.ts';

type Reports = readonly [Event, ...Event[]];

/** The reports of an event that may be merged. */
interface JudgedReports {
  readonly reports: Reports;
  /** The shop's reports. Absent if there are none, or if they confirm a browser's report that is merged. */
  readonly shop?: Reports;
  /** The report that fills in what the shop's reports do not state, as the browser sent it. */
  readonly filler?: Event;
  /** The browser's report that is sent if the shop's pending event never gets a consent. */
  readonly fallback?: JudgedReport;
  /** Whether a report that the shop does not confirm may deny. */
  readonly isUnconfirmed: boolean;
}

/** The one browser's report that counts, and the event that it makes with the denials of the others. */
interface JudgedReport {
  readonly report: Event;
  readonly event: Event;
}

/** Returns the shop's reports and the browsers' reports that they do not confirm; `undefined` if there is none. */
export function findUnconfirmed(reports: readonly Event[]): { readonly shop: Reports; readonly browsers: Reports } | undefined {
  const [first, ...more] = reports.filter(isTrusted);
  if (!first) return undefined;
  const [browser, ...others] = reports.filter((report) => !isTrusted(report) && !isConfirmed(report, [first, ...more]));
  return browser && { shop: [first, ...more], browsers: [browser, ...others] };
}

/** Returns whether a report denies the event or a single use. */
export function hasDenial({ consent }: Pick<Event, 'consent'>): boolean {
  return consent.effective === 'denied' || consentUses.some((use) => consent[use] === 'denied');
}

/** Returns the reports that may be merged: see `judgeReports`. */
export function confirmReports(reports: Reports, isChosen = false): Reports {
  return judgeReports(reports, isChosen).reports;
}

/**
 * Judges the reports of an event. Once the shop confirms a browser's report, the reports that it does not confirm are left out. Otherwise
 * removes from them the fields that they must not decide for the shop's event: consent, person, visitor, checkout and order. The other
 * fields still fill in what the shop did not state, unless a crawler sent the report, or several differ and one of them denies a use.
 *
 * A denial, of the event or of a single use, counts if both reports came within an hour, and the shop's reports name no visitor or secret
 * checkout whose own browser stated a choice. A denial by the site's policy alone yields to a choice that the shop states or waits for, and
 * to a grant that a browser states, and does not count if its network reported too many. Once a denial of the event counts, no other
 * browser's report adds anything.
 * @param isChosen whether a browser stated a choice for the visitor or the checkout that the shop names
 */
export function judgeReports(reports: Reports, isChosen: boolean): JudgedReports {
  if (!reports.some(isTrusted)) return { reports: [judgeBrowsers(reports).event], isUnconfirmed: false };
  const found = findUnconfirmed(reports);
  if (!found) return { reports, isUnconfirmed: false };
  const { shop, browsers } = found;
  const confirmed = select(reports, (report) => (browsers.includes(report) ? undefined : report));
  if (confirmed.length > shop.length) return { reports: confirmed, isUnconfirmed: false };
  const isSilent = shop.every(({ consent }) => consent.stated === 'unknown' && consent.effective !== 'pending');
  const near = browsers.filter(
    (report) => !isChosen && !report.deniesItselfAlone && shop.some((one) => isWithinReach(report, one)),
  );
  const denial = findDenial(near, isSilent && !browsers.some(hasStatedGrant));
  if (denial) {
    const judged = select(reports, (report) => (isTrusted(report) || report === denial ? report : undefined));
    return { reports: judged, shop, isUnconfirmed: true };
  }
  const granted = browsers.filter(({ consent }) => consent.effective !== 'denied');
  const isUseDenied = granted.some((report) => near.includes(report) && hasDenial(report));
  const filler = isUseDenied && granted.length > 1 ? undefined : granted[0];
  const judged = select(reports, (report) => {
    if (!browsers.includes(report)) return report;
    if (!granted.includes(report)) return undefined;
    const consent: Consent = {
      stated: 'unknown',
      effective: 'pending',
      ...(near.includes(report) && getDeniedUses([report])),
    };
    if (report === filler) return toFilling({ ...report, consent }, shop);
    return hasDenial({ consent }) ? withoutFields({ ...report, consent }) : undefined;
  });
  return { reports: judged, shop, fallback: judgeBrowsers(browsers), ...(filler && { filler }), isUnconfirmed: true };
}

/**
 * Returns the report that counts if no shop reported the event. The first one of a page counts, or of a hook if there is no page's. A later denial within an hour replaces it, one by the
 * policy alone only if no report states a grant; a later denial of a use restricts it.
 */
function judgeBrowsers(reports: Reports): JudgedReport {
  const [first = reports[0], ...later] = reports.toSorted((a, b) => Number(isFromPage(b)) - Number(isFromPage(a)));
  if (later.length === 0 || first.consent.effective === 'denied') return { report: first, event: first };
  const near = later.filter((report) => !report.deniesItselfAlone && isWithinReach(report, first));
  const denial = findDenial(near, !reports.some(hasStatedGrant));
  if (denial) return { report: denial, event: denial };
  return { report: first, event: { ...first, consent: { ...first.consent, ...getDeniedUses(near) } } };
}

function hasStatedGrant({ consent }: Event): boolean {
  return consent.stated === 'granted';
}

/** Returns the report that denies the event. @param isSilent whether a denial by the policy alone counts too */
function findDenial(reports: readonly Event[], isSilent: boolean): Event | undefined {
  const stated = reports.find(isBrowserDenial);
  return stated ?? (isSilent ? reports.find(({ consent }) => consent.effective === 'denied') : undefined);
}

function getDeniedUses(reports: readonly Event[]): UseChoices {
  const isDenied = (use: ConsentUse) => reports.some(({ consent }) => consent[use] === 'denied');
  return Object.fromEntries(consentUses.flatMap((use) => (isDenied(use) ? [[use, 'denied' as const]] : [])));
}

/** Returns the selected reports, in their order. There is at least one. */
function select(reports: Reports, choose: (report: Event) => Event | undefined): Reports {
  const [one = reports[0], ...others] = reports.flatMap((report) => choose(report) ?? []);
  return [one, ...others];
}

/**
 * Returns the browser's report with only the fields that may fill in. The person's identifiers may if a shared one shows that the shop's
 * report is about the same person. Ids of the visitor and of their browser never may, nor may an address that a cookie states.
 */
function toFilling(browser: Event, shop: Reports): Event {
  if (browser.bot) return withoutFields(browser);
  const { forms, externalId, clickIds } = browser.identity;
  const isSame = shop.some(({ identity }) => isSamePerson(identity, browser.identity));
  const person = isSame ? { forms, ...(externalId !== undefined && { externalId }) } : { forms: {} };
  const { checkoutId: _checkoutId, orderId: _orderId, ...commerce } = browser.commerce;
  const { cookieAddresses: _cookieAddresses, ...client } = browser.client;
  return { ...browser, identity: { ...person, clickIds }, client, commerce };
}

/** Returns the report with only its consent. */
function withoutFields(browser: Event): Event {
  return { ...browser, identity: { forms: {}, clickIds: {} }, client: {}, page: {}, commerce: {}, goal: {}, properties: {} };
}
