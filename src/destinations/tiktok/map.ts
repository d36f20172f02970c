import type { EnrichedEvent } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import type { SkipReason } from '../../event/skip-reasons.ts';
import { secondMs } from '../../event/units.ts';
import type { MapResult } from '../kit/destination.ts';
import { isSelected, mapEventName } from '../kit/mapping/event-names.ts';
import { createIssueReporter, type IssueReporter, limitUrl } from '../kit/mapping/field-limits.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { standardNames } from './event-names.ts';
import { hasIdentifier, maxLengths, type Payload, patterns } from './payload.ts';
import { toProperties } from './properties.ts';
import type { Settings } from './settings.ts';
import { toUser } from './user.ts';

/**
 * Maps an event to TikTok's payload. One event that TikTok refuses takes its whole request with it, so values that TikTok would refuse are
 * corrected or left out, with an issue that names the sender's field and TikTok's.
 * @source https://business-api.tiktok.com/portal/docs?id=1771101151059969 (2026-08-10)
 */
export function map(event: EnrichedEvent, settings: Settings): MapResult<Payload> {
  const skip = getSkipReason(event, settings);
  if (skip !== undefined) return { skip, issues: [] };

  const issues: Issue[] = [];
  const reporterFor = createIssueReporter(issues);
  const user = toUser(event, reporterFor);
  if (!hasIdentifier(user)) return { skip: 'no-identifier', issues };

  const name = mapEventName(event.name, settings.eventNames, standardNames) ?? event.name;
  if (!patterns.eventName.test(name)) return { reject: [nameInvalid] };

  return {
    payload: {
      event: name,
      // The time is never later than the receipt, because the sender's clock may be ahead and TikTok may refuse a future time.
      event_time: Math.floor(Math.min(event.time, event.receivedAt) / secondMs),
      event_id: event.id,
      user,
      ...omitEmpty({ properties: toProperties(event, settings, reporterFor), page: toPage(event, reporterFor) }),
      ...(settings.limitedDataUse === 'us-states' && { limited_data_use: true }),
    },
    issues,
  };
}

/**
 * A denied event is never sent: the Events API has no field for consent, and Limited Data Use does not replace it. The pixel reports page
 * views without an event id, so a server's copy would count again.
 */
function getSkipReason({ name, reporter, consent, page }: EnrichedEvent, settings: Settings): SkipReason | undefined {
  if (consent.effective !== 'granted' || consent.adUserData === 'denied') return 'consent-denied';
  if (!isSelected(name, reporter, settings.events)) return 'filtered';
  if (name !== 'PageView') return undefined;
  if (settings.pageViews === 'never') return 'unsupported-event';
  return settings.pageViews === 'auto' && page.browserTags?.tiktok === 'ran' ? 'browser-tag-sent-it' : undefined;
}

/** Returns the page with its query, because TikTok finds the click id in it. An event without a URL is sent without a page (an assumption). */
function toPage({ page }: EnrichedEvent, reporterFor: IssueReporter): Payload['page'] {
  const report = reporterFor('page.url', 'page.url');
  if (page.url === undefined)
    report('url-missing', 'is missing: TikTok asks for it with each event of a website. Send `page.url` with each event.');
  const url = limitUrl(page.url, maxLengths.url, report);
  if (url === undefined) return undefined;
  const referrer = limitUrl(page.referrer, maxLengths.url, reporterFor('page.referrer', 'page.referrer'));
  return { url, ...omitEmpty({ referrer }) };
}

const nameInvalid: Issue = {
  field: 'name',
  code: 'name-too-long',
  message: `\`event\` is too long: Convey sends at most ${maxLengths.eventName} characters to TikTok. Use a shorter name, or set one in \`eventNames\`.`,
};
