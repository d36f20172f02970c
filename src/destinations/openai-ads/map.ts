import type { EnrichedEvent } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import type { SkipReason } from '../../event/skip-reasons.ts';
import type { MapResult } from '../kit/destination.ts';
import { isSelected, mapEventName, renameLookupKey } from '../kit/mapping/event-names.ts';
import { createIssueReporter, type IssueReporter, limitUrl, requirePattern } from '../kit/mapping/field-limits.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { toData } from './data.ts';
import { customNamePattern, dataTypes, isStandardType, knownCustomNames, reservedNames, standardNames } from './event-names.ts';
import { hasIdentifier } from './matching.ts';
import { fieldPatterns, maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';
import { toUser } from './user.ts';

/**
 * Maps an event to OpenAI's payload. One event that OpenAI refuses takes its whole request with it, so values that OpenAI would refuse are
 * corrected or left out, with an issue that names the sender's field and OpenAI's.
 * @source https://developers.openai.com/ads/conversions-api (2026-09-11)
 */
export function map(event: EnrichedEvent, settings: Settings): MapResult<Payload> {
  const skip = getSkipReason(event, settings);
  if (skip !== undefined) return { skip, issues: [] };

  const issues: Issue[] = [];
  const reporterFor = createIssueReporter(issues);
  const named = toName(event.name, settings);
  if (named === undefined) return { reject: [nameInvalid] };
  const person = {
    ...omitEmpty({
      oppref: requirePattern(
        event.identity.clickIds.oppref?.value,
        fieldPatterns.clickId,
        reporterFor('clickIds.oppref', 'oppref'),
        'click-id-invalid',
        "it is no click ID of OpenAI. Pass the `oppref` of the landing page's URL unchanged.",
      ),
    }),
    // The shopper allows advertising without personalisation.
    ...(event.consent.adPersonalization === 'denied' && { opt_out: true as const }),
    ...omitEmpty({ user: toUser(event, settings, reporterFor) }),
  };
  if (!hasIdentifier(person)) return { skip: 'no-identifier', issues };

  return {
    payload: {
      id: event.id,
      ...named,
      // The time is never later than the receipt, because the sender's clock may be ahead.
      timestamp_ms: Math.floor(Math.min(event.time, event.receivedAt)),
      ...toSource(event, reporterFor),
      ...person,
      data: toData(named.type === 'custom' ? 'custom' : dataTypes[named.type], event, settings, reporterFor),
    },
    issues,
  };
}

/** A denied event is never sent: OpenAI's policy of 2026-06-02 requires consent, and `opt_out` does not replace it. */
function getSkipReason({ name, reporter, consent }: EnrichedEvent, settings: Settings): SkipReason | undefined {
  if (consent.effective !== 'granted' || consent.adUserData === 'denied') return 'consent-denied';
  return isSelected(name, reporter, settings.events) ? undefined : 'filtered';
}

/** Returns the event's name at OpenAI; `undefined` if it can have none. Custom names are in lower case, as OpenAI advises. */
export function toName(
  name: string,
  { eventNames }: Pick<Settings, 'eventNames'>,
): Pick<Payload, 'type' | 'custom_event_name'> | undefined {
  const key = renameLookupKey(name);
  const known = Object.hasOwn(knownCustomNames, key) && !Object.hasOwn(eventNames, key) ? knownCustomNames[key] : undefined;
  const mapped = (known ?? mapEventName(name, eventNames, standardNames) ?? name).toLowerCase();
  if (isStandardType(mapped)) return { type: mapped };
  return customNamePattern.test(mapped) && !reservedNames.includes(mapped)
    ? { type: 'custom', custom_event_name: mapped }
    : undefined;
}

/** An event of a website needs a URL. One without is sent as an event of another source (an assumption). */
function toSource({ page }: EnrichedEvent, reporterFor: IssueReporter): Pick<Payload, 'action_source' | 'source_url'> {
  const report = reporterFor('page.url', 'source_url');
  if (page.url === undefined)
    report('url-missing', 'is missing, so the event is not sent as one of a website. Send `page.url` with each event.');
  const url = limitUrl(page.url, maxLengths.url, report);
  return url === undefined ? { action_source: 'other' } : { action_source: 'web', source_url: url };
}

const nameInvalid: Issue = {
  field: 'name',
  code: 'name-invalid',
  message:
    'The name is none that OpenAI accepts: 1 to 64 letters, digits, `_` or `-`, with a letter or digit at both ends, and no event of apps. Use another name, or set one in `eventNames`.',
};
