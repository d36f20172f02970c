import { type Event, isTrusted } from '../../event/event.ts';
import { formatEventKey } from '../../event/event-key.ts';
import { renewalName, trialName } from '../../event/event-names.ts';
import { pickContactForms } from '../../identity/form-kinds.ts';
import type { NewRecord } from '../../storage/log/event-log.ts';
import type { NewPaymentFact, PaymentFact } from '../../storage/ports/payment-objects.ts';
import { applyPaymentFacts, getSaleId, isOfPaymentSystem, type PaymentFacts } from '../planning/payment-facts.ts';

/** The facts that events of a payment system add, and the sales that they turn out to be. */
interface ReadPayments {
  readonly facts: readonly NewPaymentFact[];
  /** The purchase of each renewal that is the first sale after a trial. */
  readonly sales: readonly Event[];
}

const utf8 = new TextEncoder();

/**
 * Reads events in the order of the event log. The first invoice above zero after a trial is reported like any renewal, and is the sale: its
 * trial may have begun months before, when no event is left.
 */
export function readPayments(events: readonly Event[], stored: PaymentFacts): ReadPayments {
  const known = new Map<string, PaymentFact>(stored);
  const facts: NewPaymentFact[] = [];
  const sales: Event[] = [];
  const add = (event: Event, fact: PaymentFact) => {
    const before = known.get(fact.object);
    if (before && !(before.kind === 'trial' && fact.kind === 'sale')) return;
    known.set(fact.object, fact);
    facts.push({ ...fact, at: event.receivedAt, ...getPerson(event) });
  };
  for (const event of events) {
    const { name, commerce, payment } = event;
    if (!payment || !isOfPaymentSystem(event) || !isTrusted(event)) continue;
    const { orderId } = commerce;
    const { subscription, order = [] } = payment;
    if (orderId !== undefined) for (const object of order) add(event, { object, kind: 'order', value: orderId });
    if (subscription === undefined) continue;
    if (name === trialName) add(event, { object: subscription, kind: 'trial', value: '' });
    if (name === 'Purchase') add(event, { object: subscription, kind: 'sale', value: event.id });
    if (name === renewalName && orderId !== undefined && known.get(subscription)?.kind === 'trial') {
      add(event, { object: subscription, kind: 'sale', value: getSaleId(event) });
      sales.push(toSale(event));
    }
  }
  return { facts, sales };
}

/** Returns the events as the facts show them, with those that are stored with them. */
export function applyFacts(events: readonly Event[], stored: PaymentFacts, added: readonly NewPaymentFact[]): readonly Event[] {
  const all = new Map([...stored, ...added.map((fact) => [fact.object, fact] as const)]);
  return events.map((event) => applyPaymentFacts(event, all));
}

/** Returns the record of a sale. A repeat has the same key. */
export function toSaleRecord(sale: Event): NewRecord {
  return { partition: sale.site, key: formatEventKey(sale), bytes: utf8.encode(JSON.stringify(sale)) };
}

function toSale(renewal: Event): Event {
  const { notSent: _, ...event } = renewal;
  return { ...event, name: 'Purchase', id: getSaleId(renewal), commerce: { ...event.commerce, subscription: 'first' } };
}

/** Returns the person by whom the fact is found, if consent is granted. An event without personal data has none. */
function getPerson({ consent, identity }: Event): Pick<NewPaymentFact, 'person'> {
  if (consent.effective !== 'granted') return {};
  const { externalId, anonymousId } = identity;
  const forms = { ...pickContactForms(identity.forms) };
  const isNamed = externalId !== undefined || anonymousId !== undefined || Object.keys(forms).length > 0;
  if (!isNamed) return {};
  return { person: { forms, ...(externalId && { externalId }), ...(anonymousId !== undefined && { anonymousId }) } };
}
