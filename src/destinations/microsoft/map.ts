import type { EnrichedEvent, Page } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import type { SkipReason } from '../../event/skip-reasons.ts';
import { secondMs, type UnixMs, type UnixSeconds } from '../../event/units.ts';
import type { MapResult } from '../kit/destination.ts';
import { isSelected, mapEventName } from '../kit/mapping/event-names.ts';
import { createIssueReporter, type IssueReporter, limitUrl, requirePattern, truncate } from '../kit/mapping/field-limits.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { withoutPerson } from '../kit/mapping/without-person.ts';
import { toCustomData } from './custom-data.ts';
import { standardNames } from './event-names.ts';
import { fieldPatterns, identifierFields, maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';
import { toUserData } from './user-data.ts';

/**
 * Maps an event to Microsoft's payload. Values that Microsoft would remove or refuse are corrected or left out, with an issue
 * that names the sender's field and Microsoft's. A page view without a URL is skipped, because Microsoft refuses it.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export function map(event: EnrichedEvent, settings: Settings): MapResult<Payload> {
  const skip = getSkipReason(event, settings);
  if (skip !== undefined) return { skip, issues: [] };

  const issues: Issue[] = [];
  const reporterFor = createIssueReporter(issues);
  const denied = event.consent.effective === 'denied';
  const sendable = denied ? withoutPerson(event) : event;
  const userData = toUserData(sendable, reporterFor);
  if (!identifierFields.some((name) => userData[name] !== undefined)) return { skip: 'no-identifier', issues };

  const isPageView = event.name === 'PageView';
  const page = toPage(sendable.page, reporterFor);
  if (isPageView && page.eventSourceUrl === undefined) return { skip: 'no-address', issues: [...issues, pageViewWithoutUrl] };
  if (isPageView && Object.keys(sendable.commerce).length > 0) issues.push(commerceOnPageView);

  return {
    payload: {
      eventType: isPageView ? 'pageLoad' : 'custom',
      eventTime: toSeconds(event.time),
      eventId: event.id,
      ...omitEmpty({ eventName: mapEventName(event.name, settings.eventNames, standardNames) }),
      ...page,
      adStorageConsent: denied ? 'D' : 'G',
      userData,
      ...omitEmpty({ customData: isPageView ? undefined : toCustomData(sendable, settings, reporterFor) }),
    },
    issues,
  };
}

/** Returns why an event is not sent. */
export function getSkipReason(
  { name, reporter, consent, deniedId, page }: EnrichedEvent,
  settings: Settings,
): SkipReason | undefined {
  if (consent.effective === 'pending') return 'consent-denied';
  // The field `adStorageConsent` has no value for a shopper who allows storage and denies the use of data for advertising.
  if (consent.effective === 'granted' && consent.adUserData === 'denied') return 'consent-denied';
  if (consent.effective === 'denied' && (settings.whenDenied === 'skip' || deniedId === undefined)) return 'consent-denied';
  if (!isSelected(name, reporter, settings.events)) return 'filtered';
  if (name !== 'PageView') return undefined;
  if (settings.pageLoads === 'never') return 'filtered';
  return settings.pageLoads === 'auto' && page.browserTags?.microsoft === 'ran' ? 'browser-tag-sent-it' : undefined;
}

function toPage(page: Page, reporterFor: IssueReporter): Partial<Payload> {
  return omitEmpty({
    eventSourceUrl: limitUrl(page.url, maxLengths.url, reporterFor('page.url', 'eventSourceUrl')),
    pageLoadId: requirePattern(
      page.loadId?.toLowerCase(),
      fieldPatterns.uuidV4,
      reporterFor('page.loadId', 'pageLoadId'),
      'load-id-invalid',
      'it must be a version 4 UUID, one per page view. Let the pixel make it, or use `crypto.randomUUID()`.',
    ),
    referrerUrl: limitUrl(page.referrer, maxLengths.url, reporterFor('page.referrer', 'referrerUrl')),
    pageTitle: truncate(page.title, maxLengths.text, reporterFor('page.title', 'pageTitle')),
    keywords: truncate(page.keywords, maxLengths.text, reporterFor('page.keywords', 'keywords')),
  });
}

const pageViewWithoutUrl: Issue = {
  field: 'page.url',
  code: 'required',
  message: `\`eventSourceUrl\` is missing: a page view needs an absolute http or https URL of at most ${maxLengths.url} characters. Send \`page.url\` with each PageView.`,
};

const commerceOnPageView: Issue = {
  field: 'commerce',
  code: 'not-on-page-view',
  message:
    '`customData` is not sent: Microsoft accepts no revenue or shop data with a page load. Send it with an event such as ViewContent or Purchase.',
};

function toSeconds(time: UnixMs): UnixSeconds {
  return Math.floor(time / secondMs);
}
