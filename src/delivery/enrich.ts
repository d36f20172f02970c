import type { Consent } from '../event/consent.ts';
import type { EnrichedEvent, Event, Identity } from '../event/event.ts';
import type { Issue } from '../event/issue.ts';

/**
 * Joins the reports of one event. The browser knows the page, the click, the address and the agent; the shop's server
 * knows the total, the items and the customer. Pure; `reports` holds the first report and then its copies.
 */
export function enrich(reports: readonly [Event, ...Event[]]): EnrichedEvent {
  const [first] = reports;
  if (reports.length === 1) return { ...first, reporters: [first.reporter] };
  const consent = joinConsent(reports.map((report) => report.consent));
  const origin = {
    v: first.v,
    site: first.site,
    reporter: first.reporter,
    name: first.name,
    id: first.id,
    time: first.time,
    receivedAt: first.receivedAt,
  };
  const reporters = [...new Set(reports.map(({ reporter }) => reporter))];
  const [notSent] = reports.flatMap((report) => report.notSent ?? []);
  const marked = notSent === undefined ? {} : { notSent };
  if (consent.effective === 'denied') {
    // A denied report was stripped when it was accepted, so what it holds is all that may be used.
    const denied = reports.find((report) => report.consent.effective === 'denied') ?? first;
    return { ...denied, ...origin, ...marked, consent, reporters };
  }
  const open = reports.filter((report) => report.consent.effective !== 'denied');
  const shop = open.filter(({ reporter }) => reporter !== 'browser');
  const browser = open.filter(({ reporter }) => reporter === 'browser');
  const browserFirst = [...browser, ...shop];
  const shopFirst = [...shop, ...browser];
  return {
    ...origin,
    ...marked,
    consent,
    reporters,
    page: prefer(browserFirst.map(({ page }) => page)),
    client: prefer(browserFirst.map(({ client }) => client)),
    identity: joinIdentity(
      browserFirst.map(({ identity }) => identity),
      shopFirst.map(({ identity }) => identity),
    ),
    commerce: prefer(shopFirst.map(({ commerce }) => commerce)),
    goal: prefer(shopFirst.map(({ goal }) => goal)),
    properties: prefer(shopFirst.map(({ properties }) => properties)),
    bot: reports.some(({ bot }) => bot),
    warnings: reports.flatMap(({ warnings }) => warnings),
  };
}

/** Totals that differ between reporters: the shop's counts, and somebody should look why. */
export function differencesOf(reports: readonly Event[]): readonly Issue[] {
  const differ = (read: (event: Event) => unknown) => new Set(reports.map(read).filter((value) => value !== undefined)).size > 1;
  const field = differ(({ commerce }) => commerce.value && Math.round(commerce.value * 1_000))
    ? 'value'
    : differ(({ commerce }) => commerce.currency)
      ? 'currency'
      : undefined;
  if (field === undefined) return [];
  const message =
    "The reports of this event name different totals; the one of the shop's server is sent. Let the page and the server tell the same: with or without tax and shipping, in one currency.";
  return [{ field: `commerce.${field}`, code: 'totals-differ', message }];
}

/** Denied beats granted beats unknown; among the unknown, a policy's verdict beats waiting for one. */
function joinConsent(consents: readonly Consent[]): Consent {
  const stated = (state: Consent['stated']) => consents.find((consent) => consent.stated === state);
  const effective = (state: Consent['effective']) => consents.find((consent) => consent.effective === state);
  const said = stated('denied') ?? stated('granted');
  return said ?? effective('denied') ?? effective('granted') ?? { stated: 'unknown', effective: 'pending' };
}

function joinIdentity(browserFirst: readonly Identity[], shopFirst: readonly Identity[]): Identity {
  return {
    ...prefer(browserFirst),
    forms: prefer(shopFirst.map(({ forms }) => forms)),
    ...prefer(shopFirst.map(({ externalId }) => (externalId === undefined ? {} : { externalId }))),
    clickIds: prefer(browserFirst.map(({ clickIds }) => clickIds)),
  };
}

/** Each member from the first that has it. */
function prefer<T extends object>(inOrder: readonly T[]): T {
  return Object.assign(Object.create(null), ...inOrder.toReversed());
}
