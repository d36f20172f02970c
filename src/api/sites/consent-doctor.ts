import { diagnoseConsent } from '../../doctor/consent-doctor.ts';
import { consentReport } from '../../doctor/consent-report.ts';
import { type FetchedPage, fetchPage, type PageFetching } from '../../doctor/fetch-page.ts';
import { analyzePage } from '../../doctor/page-report.ts';
import { type Connection, domainMatches, type Site } from '../../event/site.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/ports/store.ts';
import { listEvents } from '../events/event-list.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import type { DiagnosisView } from './consent-doctor-schemas.ts';

export interface DoctorDeps {
  readonly log: EventLog;
  readonly store: Store;
  readonly registry: Pick<SiteRegistry, 'getPlatform'>;
  readonly fetching: PageFetching;
  readonly pixelPath: string;
  /** Whether the gateway can determine a browser's country. */
  readonly knowsCountry: boolean;
}

/** The number of the site's newest records to examine. */
const newestRecords = 1_000;

/** Runs the consent doctor. Fetches the page, if there is one, only from the site's own domains. */
export async function runConsentDoctor(
  site: Site,
  sites: readonly Site[],
  pageUrl: string | undefined,
  { log, store, registry, fetching, pixelPath, knowsCountry }: DoctorDeps,
): Promise<DiagnosisView | ApiErrorResult<'parameter-invalid' | 'page-unreadable'>> {
  const url = pageUrl === undefined ? undefined : parsePageUrl(site, pageUrl);
  if (url === null) return new ApiErrorResult('parameter-invalid', [createParameterIssue('page', pageRule)]);
  const fetched: FetchedPage | undefined = url && (await fetchPage(url, fetching));
  if (fetched && 'problem' in fetched)
    return new ApiErrorResult('page-unreadable', [
      { field: 'page', code: 'page-unreadable', message: formatFinding(fetched.problem) },
    ]);
  const eventSources = { log, store, getPlatform: (connection: Connection) => registry.getPlatform(connection) };
  const report = consentReport((await listEvents(site, eventSources, newestRecords)).rows);
  const page = fetched && analyzePage(fetched.html);
  const advice = diagnoseConsent({ site, sites, pixelPath, knowsCountry, report, ...(page && { page }) });
  const { events, stated, silentlyDenied, sources } = report;
  return {
    ...(url && { page: url.href }),
    events,
    stated,
    silentlyDenied,
    sources,
    advice: advice.map((one) => ({ ...one, says: formatFinding(one.says) })),
  };
}

const pageRule = "a full http or https URL on one of the site's domains, without a user name";

function parsePageUrl({ domains }: Site, text: string): URL | null {
  const url = URL.parse(text);
  const isWeb = url !== null && /^https?:$/.test(url.protocol) && `${url.username}${url.password}` === '';
  return isWeb && domainMatches(domains, url.hostname) ? url : null;
}

/** Adds a full stop, because the lines for the terminal have none. */
export function formatFinding(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
