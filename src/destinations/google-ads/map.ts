import type { EnrichedEvent } from '../../event/event.ts';
import { testEventName } from '../../event/event-names.ts';
import type { Issue } from '../../event/issue.ts';
import type { MapResult } from '../kit/destination.ts';
import { readCurrency, reportMissingCurrency } from '../kit/mapping/commerce-fields.ts';
import { isSelected } from '../kit/mapping/event-names.ts';
import { createIssueReporter, type IssueReporter } from '../kit/mapping/field-limits.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { toCartData } from './cart-data.ts';
import { type Conversion, findConversion, listActions } from './conversions.ts';
import { toAdIdentifiers, toDeviceInfo, toUserData } from './identifiers.ts';
import { fieldPatterns, maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';
import { isTestEvent, markTestEvent } from './test-events.ts';

/**
 * Maps an event to the payload of its conversion action. One event that Google refuses takes its whole request with it, so values that Google
 * would refuse are left out, with an issue that names the sender's field and Google's.
 * @source https://developers.google.com/data-manager/api/devguides/events/send (2026-08-18)
 */
export function map(event: EnrichedEvent, settings: Settings): MapResult<Payload> {
  const { consent } = event;
  // A denied event would be dropped, and the API has no mode for it.
  if (consent.effective !== 'granted' || consent.adUserData === 'denied') return { skip: 'consent-denied', issues: [] };
  if (!isSelected(event.name, event.reporter, settings.events)) return { skip: 'filtered', issues: [] };
  const isTest = event.name === testEventName && event.reporter === 'server';
  const conversion = findConversion(event.name, settings.conversions) ?? (isTest ? findTestConversion(settings) : undefined);
  if (conversion === undefined) return { skip: 'unsupported-event', issues: [] };

  const issues: Issue[] = [];
  const reporterFor = createIssueReporter(issues);
  const adIdentifiers = toAdIdentifiers(event, reporterFor);
  const userData = toUserData(event, settings);
  if (adIdentifiers === undefined && userData === undefined) return { skip: 'no-identifier', issues };

  const transaction = toTransactionId(event, conversion, reporterFor);
  if ('reject' in transaction) return transaction;
  // Google would only check such an event, and count nothing.
  if (!isTest && isTestEvent({ transactionId: transaction.id }))
    return { reject: [{ field: transaction.id === event.id ? 'id' : 'commerce.orderId', ...idOfTest }] };
  // Google ignores the items of an event with one of the other click ids.
  const mayHaveItems = adIdentifiers === undefined || 'gclid' in adIdentifiers;

  return {
    payload: {
      productDestinationId: conversion.action,
      transactionId: isTest ? markTestEvent(transaction.id) : transaction.id,
      // The time is never later than the receipt, because the sender's clock may be ahead and Google may refuse a future time.
      eventTimestamp: new Date(Math.min(event.time, event.receivedAt)).toISOString(),
      eventSource: 'WEB',
      ...toMoney(event, reporterFor),
      ...(adIdentifiers && { adIdentifiers }),
      ...(userData && { userData }),
      consent: {
        adUserData: 'CONSENT_GRANTED',
        adPersonalization:
          (consent.adPersonalization ?? settings.personalization) === 'denied' ? 'CONSENT_DENIED' : 'CONSENT_GRANTED',
      },
      ...omitEmpty({
        eventDeviceInfo: toDeviceInfo(event, settings, reporterFor),
        cartData: mayHaveItems ? toCartData(event, settings, reporterFor) : undefined,
        userProperties: toUserProperties(event),
      }),
    },
    issues,
  };
}

/** Returns the first bound conversion: an operator's test event is checked with it, and not counted. */
function findTestConversion({ conversions }: Settings): Conversion | undefined {
  const [action] = listActions(conversions);
  return action === undefined ? undefined : { action, kind: 'import' };
}

/**
 * Returns the order's id for a purchase, otherwise the event's id. The Google tag must report the same one. An imported conversion has no
 * other report, so it may have the event's id instead of an order id that is too long (an assumption).
 */
function toTransactionId(
  { name, id, commerce: { orderId } }: EnrichedEvent,
  { kind }: Conversion,
  reporterFor: IssueReporter,
): { readonly id: string } | { readonly reject: readonly Issue[] } {
  const isOrder = name === 'Purchase' && orderId !== undefined && orderId.trim() !== '';
  if (isOrder && orderId.length <= maxLengths.transactionId) return { id: orderId };
  const field = isOrder ? 'commerce.orderId' : 'id';
  if (id.trim() === '' || id.length > maxLengths.transactionId || (isOrder && kind === 'website'))
    return { reject: [{ field, ...idTooLong }] };
  if (name === 'Purchase' && !isOrder && kind === 'website')
    reporterFor('commerce.orderId', 'transactionId')(
      'order-id-missing',
      "is the event's id, because the purchase has no order id: Google merges it with the tag's report only if the tag has the same. Send `commerce.orderId`.",
    );
  if (isOrder)
    reporterFor(field, 'transactionId')(
      'id-too-long',
      `is the event's id: Google takes at most ${maxLengths.transactionId} characters. Use a shorter order id.`,
    );
  return { id };
}

const idOfTest = {
  code: 'id-of-test-event',
  message:
    '`transactionId` must not begin with `convey-test-`, which marks the test events of an operator. Use another id, here and in the Google tag.',
};

const idTooLong = {
  code: 'id-too-long',
  message: `\`transactionId\` is too long: Google takes at most ${maxLengths.transactionId} characters. Use a shorter id, here and in the Google tag.`,
};

/** Returns the value and its currency; neither without the other. 0 is a value. */
function toMoney({ commerce }: EnrichedEvent, reporterFor: IssueReporter): Pick<Payload, 'conversionValue' | 'currency'> {
  const { value } = commerce;
  if (value === undefined) return {};
  const report = reporterFor('commerce.value', 'conversionValue');
  if (!Number.isFinite(value) || value < 0) {
    report('negative', 'is not sent: it must be 0 or more. This API takes no refunds: retract the conversion in Google Ads.');
    return {};
  }
  const currency = readCurrency(commerce, fieldPatterns.currency, reporterFor);
  if (currency === undefined) {
    reportMissingCurrency(report);
    return {};
  }
  // Adding zero turns -0, which JSON cannot represent, into 0.
  return { conversionValue: value + 0, currency };
}

const customerTypes = ['NEW', 'RETURNING', 'REENGAGED'] as const;

/** Returns the kind of customer, if the shop states it in `properties.customerType` (an assumption). */
function toUserProperties({ properties }: EnrichedEvent): NonNullable<Payload['userProperties']> | undefined {
  const given = Object.hasOwn(properties, 'customerType') ? properties.customerType : undefined;
  const customerType = customerTypes.find((type) => typeof given === 'string' && type === given.toUpperCase());
  return customerType && { customerType };
}
