import { type ConsentSource, consentSources, type StatedConsent } from './consent.ts';
import { type Event, isFromPage } from './event.ts';

/** The source of a choice: a browser's consent tool, `none` if the browser names no tool, or the kind of a report that is no browser's. */
export const talliedSources = [...consentSources, 'none', 'webhook'] as const;
export type TalliedSource = (typeof talliedSources)[number];

/** The stated choice of one event, with what is known of the visitor's country and of the consent banner. Names no person. */
export interface ConsentTally {
  /** ISO 3166-1 alpha-2, upper case; empty if it is not known. */
  readonly country: string;
  readonly source: TalliedSource;
  /** The version of the banner as the page names it, for the TCF `CMP id.version`; empty if it names none, and for servers and webhooks. */
  readonly version: string;
  readonly choice: StatedConsent;
}

/** The details of a report that its stored event may lack: a denied event has no country, and no event has the banner's version. */
export interface TallyDetails {
  readonly country?: string | undefined;
  readonly version?: string | undefined;
}

/**
 * Returns the tally of an accepted event; `undefined` if it states no visitor's choice: a crawler's, a record of the shop, or an event that
 * a rule added.
 */
export function toConsentTally(
  { reporter, via, consent, bot, notSent, addedBy }: Pick<Event, 'reporter' | 'via' | 'consent' | 'bot' | 'notSent' | 'addedBy'>,
  { country = '', version = '' }: TallyDetails = {},
): ConsentTally | undefined {
  if (bot || notSent !== undefined || addedBy) return undefined;
  const choice = consent.stated;
  if (!isFromPage({ reporter, via }))
    return { country: '', source: reporter === 'browser' ? 'server' : reporter, version: '', choice };
  const source = toBrowserSource(consent.source);
  return { country, source, version: isVersionOf(source, version) ? version : '', choice };
}

/** A page's own version is short, and has no run of digits that could be a phone number, or of hexadecimal ones that could be an id. */
function isVersionOf(source: TalliedSource, version: string): boolean {
  return source === 'tcf' ? /^\d{1,5}\.\d{1,5}$/.test(version) : !/\d{8}\d|[0-9a-f]{12}/i.test(version);
}

/** A page that names the server as the source has called Convey itself. */
function toBrowserSource(source: ConsentSource | undefined): TalliedSource {
  return source === 'server' ? 'call' : (source ?? 'none');
}
