import type { EnrichedEvent } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import type { SkipReason } from '../../event/skip-reasons.ts';
import { secondMs } from '../../event/units.ts';
import type { MapResult } from '../kit/destination.ts';
import { isSelected, mapEventName } from '../kit/mapping/event-names.ts';
import { createIssueReporter, type IssueReporter, limitUrl } from '../kit/mapping/field-limits.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { toCustomData } from './custom-data.ts';
import { standardNames } from './event-names.ts';
import { identifierFields, maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';
import { toUserData } from './user-data.ts';

/**
 * Maps an event to Meta's payload. One event that Meta refuses takes its whole request with it, so values that Meta would refuse are
 * corrected or left out, with an issue that names the sender's field and Meta's. A purchase without a value and a currency is rejected.
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/server-event (2026-02-12)
 */
export function map(event: EnrichedEvent, settings: Settings): MapResult<Payload> {
  const skip = getSkipReason(event, settings);
  if (skip !== undefined) return { skip, issues: [] };

  const issues: Issue[] = [];
  const reporterFor = createIssueReporter(issues);
  const userData = toUserData(event, reporterFor);
  if (!identifierFields.some((name) => userData[name] !== undefined)) return { skip: 'no-identifier', issues };

  const eventName = mapEventName(event.name, settings.eventNames, standardNames) ?? event.name;
  if (eventName.length > maxLengths.eventName) return { reject: [nameTooLong] };
  const customData = toCustomData(event, settings, reporterFor);
  const lacking = eventName === 'Purchase' ? explainLack(customData, issues) : [];
  if (lacking.length > 0) return { reject: lacking };

  return {
    payload: {
      event_name: eventName,
      // The time is never later than the receipt, because the sender's clock may be ahead and Meta may refuse a future time.
      event_time: Math.floor(Math.min(event.time, event.receivedAt) / secondMs),
      event_id: event.id,
      action_source: 'website',
      ...toPage(event, reporterFor),
      user_data: userData,
      ...omitEmpty({ custom_data: customData }),
      ...toDataProcessing(event, userData.client_ip_address !== undefined, settings),
    },
    issues,
  };
}

/** A denied event is never sent: Meta's payload has no field for consent, and Limited Data Use does not replace it. */
function getSkipReason({ name, reporter, consent, page }: EnrichedEvent, settings: Settings): SkipReason | undefined {
  if (consent.effective !== 'granted' || consent.adUserData === 'denied') return 'consent-denied';
  if (!isSelected(name, reporter, settings.events)) return 'filtered';
  if (name !== 'PageView') return undefined;
  if (settings.pageViews === 'never') return 'filtered';
  return settings.pageViews === 'auto' && page.browserTags?.meta === 'ran' ? 'browser-tag-sent-it' : undefined;
}

function toPage({ page }: EnrichedEvent, reporterFor: IssueReporter) {
  const report = reporterFor('page.url', 'event_source_url');
  if (page.url === undefined)
    report('url-missing', 'is missing: Meta asks for it with each event of a website. Send `page.url` with each event.');
  return omitEmpty({
    event_source_url: limitUrl(page.url, maxLengths.url, report),
    referrer_url: limitUrl(page.referrer, maxLengths.url, reporterFor('page.referrer', 'referrer_url')),
  });
}

/** The reasons why a purchase has no value or no currency. Convey invents neither: a wrong revenue would steer the bids. */
function explainLack(customData: NonNullable<Payload['custom_data']>, issues: readonly Issue[]): readonly Issue[] {
  return (['value', 'currency'] as const).flatMap((part) => {
    if (customData[part] !== undefined) return [];
    const field = `commerce.${part}`;
    const known = issues.filter((issue) => issue.field === field);
    return known.length > 0 ? known : [purchaseWithout(field, part)];
  });
}

function purchaseWithout(field: string, part: string): Issue {
  return {
    field,
    code: 'required',
    message: `\`${part}\` is missing: Meta refuses a Purchase without it, and all events of its request. Send \`${field}\` with each purchase. 0 is a value.`,
  };
}

const nameTooLong: Issue = {
  field: 'name',
  code: 'name-too-long',
  message: `\`event_name\` is too long: Meta takes at most ${maxLengths.eventName} characters. Use a shorter name, or set one in \`eventNames\`.`,
};

/**
 * Returns the options of Limited Data Use. Meta finds the place by the address: country and state 0. Without an address an event of the US
 * or of an unknown country counts as one of California, the strictest state (an assumption).
 * @source https://developers.facebook.com/docs/marketing-apis/data-processing-options (2026-09-12)
 */
function toDataProcessing({ client }: EnrichedEvent, hasAddress: boolean, { dataProcessing }: Settings): Partial<Payload> {
  if (dataProcessing === 'off') return {};
  if (hasAddress) return limitDataUse(0, 0);
  return client.country === undefined || client.country === 'US' ? limitDataUse(1, 1000) : {};
}

function limitDataUse(country: 0 | 1, state: 0 | 1000): Partial<Payload> {
  return {
    data_processing_options: ['LDU'],
    data_processing_options_country: country,
    data_processing_options_state: state,
  };
}
