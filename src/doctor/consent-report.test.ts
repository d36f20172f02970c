import { describe, expect, it } from 'vitest';
import type { EventRow } from '../api/events/schemas.ts';
import { outcomeSentence } from '../api/http/outcome-names.ts';
import type { Consent } from '../event/consent.ts';
import type { EventOutcome } from '../storage/ports/outcomes.ts';
import { consentReport } from './consent-report.ts';

let count = 0;

function row(consent: Consent, outcome: EventOutcome, fields: Partial<Extract<EventRow, { name: string }>> = {}): EventRow {
  count += 1;
  return {
    site: 'shop',
    offset: String(count),
    name: 'PageView',
    id: `e-${count}`,
    reporter: 'browser',
    reportedBy: 'the browser',
    countryText: 'Not known',
    time: 1_000,
    receivedAt: 1_000 + count,
    consent,
    keys: [],
    page: {},
    commerce: {},
    warnings: [],
    outcomes: [{ connection: 'bing', outcome, says: outcomeSentence(outcome), issues: [] }],
    ...fields,
  };
}

const granted: Consent = { stated: 'granted', effective: 'granted', source: 'gcm' };
const denied: Consent = { stated: 'denied', effective: 'denied', source: 'gcm' };
const gpc: Consent = { stated: 'denied', effective: 'denied', source: 'gpc' };
const silent: Consent = { stated: 'unknown', effective: 'denied' };

describe('the consent report of a site', () => {
  it('counts the choices by source and the outcomes by connection, the most frequent first', () => {
    const rows = [
      row(silent, 'consent-denied'),
      row(granted, 'delivered'),
      row(granted, 'delivered'),
      row(denied, 'consent-denied'),
      row(granted, 'bot'),
    ];
    const { events, stated, silentlyDenied, isTold, sources, connections } = consentReport(rows);
    expect({ events, stated, silentlyDenied, isTold }).toEqual({
      events: 5,
      stated: { granted: 3, denied: 1, unknown: 1 },
      silentlyDenied: 1,
      isTold: true,
    });
    expect(sources).toEqual([
      { source: 'gcm', granted: 3, denied: 1, unknown: 0, signals: 0 },
      { granted: 0, denied: 0, unknown: 1, signals: 0 },
    ]);
    expect(connections).toEqual([
      {
        connection: 'bing',
        outcomes: [
          { outcome: 'consent-denied', count: 2, says: outcomeSentence('consent-denied') },
          { outcome: 'delivered', count: 2, says: outcomeSentence('delivered') },
          { outcome: 'bot', count: 1, says: outcomeSentence('bot') },
        ],
      },
    ]);
  });

  it('counts an event of two reports once, as declined if one of them declines', () => {
    const one = { name: 'Purchase', id: 'purchase-1' };
    const rows = [row(granted, 'consent-denied', one), row(granted, 'delivered'), row(denied, 'duplicate', one)];
    expect(consentReport(rows)).toMatchObject({ events: 2, stated: { granted: 1, denied: 1, unknown: 0 } });
  });

  it('has the period of the events', () => {
    const rows = [row(silent, 'consent-denied', { receivedAt: 20 }), row(silent, 'consent-denied', { receivedAt: 10 })];
    expect(consentReport(rows).received).toEqual({ from: 10, to: 20 });
    expect(consentReport([])).not.toHaveProperty('received');
  });

  it('ignores events of other sources and erased events', () => {
    const server: Consent = { stated: 'granted', effective: 'granted', source: 'server' };
    const rows: EventRow[] = [
      row(server, 'delivered', { reporter: 'server' }),
      { site: 'shop', offset: '9', gone: true, reason: 'erased', says: '', receivedAt: 1_000, outcomes: [] },
      row(silent, 'consent-denied'),
    ];
    expect(consentReport(rows)).toMatchObject({ events: 1, isTold: false, stated: { granted: 0, denied: 0, unknown: 1 } });
  });

  it('counts the signal of a shopper who declined as a choice, but not as an event', () => {
    const signal = { name: '$consent', outcomes: [] };
    const report = consentReport([row(silent, 'consent-denied'), row(denied, 'delivered', signal)]);
    expect(report).toMatchObject({ events: 1, isTold: true, stated: { denied: 0 } });
    expect(report.sources).toContainEqual({ source: 'gcm', granted: 0, denied: 0, unknown: 0, signals: 1 });
    expect(report.connections).toMatchObject([{ outcomes: [{ outcome: 'consent-denied', count: 1 }] }]);
  });

  it('counts neither Global Privacy Control nor a default as a choice of the shop', () => {
    const byDefault: Consent = { stated: 'unknown', effective: 'granted', source: 'gcm' };
    expect(consentReport([row(gpc, 'consent-denied'), row(byDefault, 'delivered')])).toMatchObject({
      isTold: false,
      silentlyDenied: 0,
      sources: [
        { source: 'gpc', denied: 1 },
        { source: 'gcm', unknown: 1 },
      ],
    });
  });

  it('counts the page views that report that the tag ran', () => {
    const rows = [
      row(granted, 'browser-tag-sent-it', { page: { browserTags: { microsoft: 'ran' } } }),
      row(granted, 'delivered', { page: { browserTags: { microsoft: 'none' } } }),
      row(granted, 'delivered', { page: { browserTags: { microsoft: 'ran' } }, name: 'Lead' }),
      row(granted, 'browser-tag-sent-it', { page: { browserTags: { microsoft: 'ran' } }, reporter: 'server' }),
    ];
    expect(consentReport(rows)).toMatchObject({ viewsOfTags: { microsoft: 1 } });
  });
});
