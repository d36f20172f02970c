import type { EnrichedEvent } from '../../event/event.ts';
import { isStandardEventName, testEventName } from '../../event/event-names.ts';
import type { Issue } from '../../event/issue.ts';
import type { SkipReason } from '../../event/skip-reasons.ts';
import { hourMs, secondMs } from '../../event/units.ts';
import type { MapResult } from '../kit/destination.ts';
import { isSelected } from '../kit/mapping/event-names.ts';
import { createIssueReporter, limitUrl } from '../kit/mapping/field-limits.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { toCustomData } from './custom-data.ts';
import { isRenamed, standardNames, toEventName } from './event-names.ts';
import { isEnough, maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';
import { toUserData } from './user-data.ts';

/** The time after which Pinterest counts an event as offline. */
export const freshMs = hourMs;

/**
 * Maps an event to Pinterest's payload. A value of the wrong type, or an unknown key, refuses the whole request, so values that Pinterest
 * would refuse are corrected or left out, with an issue that names the sender's field and Pinterest's.
 * @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11)
 */
export function map(event: EnrichedEvent, settings: Settings): MapResult<Payload> {
  const skip = getSkipReason(event, settings);
  if (skip !== undefined) return { skip, issues: [] };

  const issues: Issue[] = [];
  const reporterFor = createIssueReporter(issues);
  const userData = toUserData(event, settings, reporterFor);
  if (!isEnough(userData)) return { skip: 'no-identifier', issues };

  const eventName = toEventName(event.name, event.commerce.pageType, settings);
  if (eventName === standardNames.Purchase && !isStandardEventName(event.name) && !isRenamed(event.name, settings.eventNames))
    reporterFor('name', 'event_name')(
      'name-of-a-purchase',
      'is `checkout`, which Pinterest counts as a purchase. If the event is none, rename it, or set its name in `eventNames`.',
    );
  // The time is never later than the receipt, because the sender's clock may be ahead and Pinterest refuses a future time.
  const time = Math.min(event.time, event.receivedAt);
  if (event.receivedAt - time > freshMs)
    reporterFor('time', 'event_time')(
      'late',
      'is over an hour before the receipt: Pinterest counts the event as offline, and does not merge it with one of the tag. Report events at once.',
    );
  return {
    payload: {
      event_name: eventName,
      action_source: 'web',
      event_time: Math.floor(time / secondMs),
      event_id: event.id,
      ...omitEmpty({ event_source_url: limitUrl(event.page.url, maxLengths.url, reporterFor('page.url', 'event_source_url')) }),
      partner_name: 'ss-convey',
      user_data: userData,
      ...omitEmpty({ custom_data: toCustomData(event, settings, reporterFor) }),
    },
    issues,
  };
}

/**
 * A denied event is never sent: `opt_out` is for senders that report it all the same. A test event would be recorded outside of the test
 * mode.
 */
function getSkipReason({ name, reporter, consent, page, commerce }: EnrichedEvent, settings: Settings): SkipReason | undefined {
  if (consent.effective !== 'granted' || consent.adUserData === 'denied') return 'consent-denied';
  if (!isSelected(name, reporter, settings.events)) return 'filtered';
  if (name === testEventName && settings.testMode !== 'on') return 'unsupported-event';
  if (name !== 'PageView') return undefined;
  if (settings.pageViews === 'never') return 'filtered';
  if (settings.pageViews === 'auto' && page.browserTags?.pinterest === 'ran') return 'browser-tag-sent-it';
  return isCountedAsProductView(commerce.pageType, settings) ? 'filtered' : undefined;
}

/** Returns whether the page's product view is a page visit, too: two visits with two ids would count as two (an assumption). */
function isCountedAsProductView(
  pageType: EnrichedEvent['commerce']['pageType'],
  { productPages, viewContent }: Settings,
): boolean {
  return pageType === 'product' && productPages === 'view-content' && viewContent === 'page_visit';
}
