import { diagnoseConsent } from '../../doctor/consent-doctor.ts';
import { consentReport } from '../../doctor/consent-report.ts';
import { type FetchedPage, fetchPage, type PageFetching } from '../../doctor/fetch-page.ts';
import { analyzePage } from '../../doctor/page-report.ts';
import { domainMatches, type Site } from '../../event/site.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/store/store.ts';
import { listEvents } from '../events/event-queries.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import type { DiagnosisView } from './schemas.ts';

/** What the consent doctor needs from the gateway. */
export interface DoctorDeps {
  readonly log: EventLog;
  readonly store: Store;
  readonly fetching: PageFetching;
  readonly pixelPath: string;
  /** Whether the gateway can know a browser's country. */
  readonly knowsCountry: boolean;
}

/** How many of the site's newest records are looked at. */
const newest = 1_000;

/** Asks the consent doctor; a page is fetched where one is named, of the site's own domains alone. */
export async function runConsentDoctor(
  site: Site,
  sites: readonly Site[],
  address: string | undefined,
  { log, store, fetching, pixelPath, knowsCountry }: DoctorDeps,
): Promise<DiagnosisView | ApiErrorResult<'parameter-invalid' | 'page-unreadable'>> {
  const url = address === undefined ? undefined : pageOf(site, address);
  if (url === null) return new ApiErrorResult('parameter-invalid', [createParameterIssue('page', ownPage)]);
  const fetched: FetchedPage | undefined = url && (await fetchPage(url, fetching));
  if (fetched && 'problem' in fetched)
    return new ApiErrorResult('page-unreadable', [
      { field: 'page', code: 'page-unreadable', message: formatFinding(fetched.problem) },
    ]);
  const report = consentReport((await listEvents(site, { log, store }, newest)).rows);
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

const ownPage = "a whole http or https address on one of the site's domains, without a user name";

function pageOf({ domains }: Site, address: string): URL | null {
  const url = URL.parse(address);
  const isWeb = url !== null && /^https?:$/.test(url.protocol) && `${url.username}${url.password}` === '';
  return isWeb && domainMatches(domains, url.hostname) ? url : null;
}

/** The terminal's lines end without a full stop. */
export function formatFinding(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
