import { type ErasureReport, type ErasureRequest, listErasureCounts } from '../../../api/client.ts';
import { formatList, pluralize } from '../../components/display/format.ts';

export type PersonKey = Exclude<keyof ErasureRequest, 'dryRun'>;

/** The keys by which a person can be found, the usual ones first. */
export const keyOptions: readonly { readonly value: PersonKey; readonly label: string; readonly description: string }[] = [
  { value: 'email', label: 'E-mail address', description: 'In any spelling, or its SHA-256.' },
  {
    value: 'phone',
    label: 'Phone number',
    description: "With the country code, or in the form of the site's default country; or its SHA-256.",
  },
  { value: 'externalId', label: 'Customer ID', description: "The shop's id of the customer, or its SHA-256." },
  { value: 'orderId', label: 'Order number', description: 'Leads to the buyer, and so to the rest.' },
  { value: 'eventId', label: 'Event ID', description: 'Leads to the visitor, and so to the rest.' },
  { value: 'anonymousId', label: 'Visitor ID', description: 'The cookie _cv_id. Includes everyone who used that browser.' },
];

/** Joins the counts that are not 0: `5 events and 1 visitor profile`. Returns an empty text if all are 0. */
export function joinCounts(report: ErasureReport): string {
  const counted = listErasureCounts(report).filter(([, count]) => count > 0);
  return formatList(counted.map(([label, count]) => pluralize(count, label.slice(0, -1))));
}

export type Recipient = ErasureReport['received'][number];

/**
 * Adds the recipients of a later report to those of an earlier one about the same person. An erasure removes the requests that name the
 * recipients, so a later report may lack them.
 */
export function mergeRecipients(earlier: readonly Recipient[], later: readonly Recipient[]): readonly Recipient[] {
  const merged = new Map(earlier.map((one) => [one.connection, one]));
  for (const one of later) {
    const before = merged.get(one.connection) ?? one;
    merged.set(one.connection, {
      ...before,
      ...one,
      events: Math.max(before.events, one.events),
      inDoubt: Math.max(before.inDoubt, one.inDoubt),
      first: Math.min(before.first, one.first),
      last: Math.max(before.last, one.last),
    });
  }
  return [...merged.values()];
}

/** Returns how many events a platform received: `4 events`, `4 events, 1 possibly sent`. */
export function countReceived({ events, inDoubt }: Pick<Recipient, 'events' | 'inDoubt'>): string {
  const received = pluralize(events, 'event');
  return inDoubt === 0 ? received : `${received}, ${inDoubt} possibly sent`;
}
