import type { EnrichedEvent } from '../../event/event.ts';
import type { Issue, Json } from '../../event/issue.ts';
import type { LateConversion } from '../../event/late-conversion.ts';
import type { MapResult } from '../kit/destination.ts';
import { createIssueReporter } from '../kit/mapping/field-limits.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { limitAmount } from './amounts.ts';
import { getSkipReason } from './map.ts';
import type { Settings } from './settings.ts';
import { toMsclkid } from './user-data.ts';

/**
 * Maps a purchase that is too old for the Conversions API. Microsoft does not merge offline conversions with the reports of the tag, so one
 * that the tag may have reported is not uploaded.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/offlineconversion?view=bingads-13 (2026-08-17)
 */
export function mapLatePurchase(event: EnrichedEvent, settings: Settings): MapResult<Json> {
  if (event.consent.effective !== 'granted') return { skip: 'consent-denied', issues: [] };
  const skip = event.name === 'Purchase' ? getSkipReason(event, settings) : 'filtered';
  if (skip !== undefined) return { skip, issues: [] };
  if (event.page.browserTags?.microsoft === 'ran') return { skip: 'browser-tag-sent-it', issues: [] };
  const issues: Issue[] = [];
  const reporterFor = createIssueReporter(issues);
  const { forms } = event.identity;
  const { value, currency } = event.commerce;
  const person = omitEmpty({
    clickId: toMsclkid(event.identity, reporterFor),
    email: forms.emailMicrosoft ?? forms.emailGiven,
    phone: forms.phoneE164 ?? forms.phoneGiven,
  });
  if (Object.keys(person).length === 0) return { skip: 'no-identifier', issues };
  const amount = limitAmount(value, reporterFor('commerce.value', 'ConversionValue'));
  const money = omitEmpty({ value: amount, currency: amount === undefined ? undefined : currency });
  return { payload: { time: event.time, ...person, ...money } satisfies LateConversion, issues };
}
