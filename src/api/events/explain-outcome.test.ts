import { describe, expect, it } from 'vitest';
import type { Consent } from '../../event/consent.ts';
import { secondMs } from '../../event/units.ts';
import { explainDenial, explainSkip, explainUnsettled, explainWait } from './explain-outcome.ts';

const at = 1_795_514_400_000;
const granted = { stated: 'granted', effective: 'granted' } as const;
const report = (reporter: 'browser' | 'webhook', consent: Consent = granted) => ({ reporter, receivedAt: at, consent });
const deferred = (reason: 'hold' | 'confirm' | 'retry' | 'bisect', tries = 0) =>
  ({ offset: '7', reason, dueAt: at + 90 * secondMs, tries }) as const;

describe('explainDenial', () => {
  it.each<[string, Consent, string]>([
    [
      'the shopper declined',
      { stated: 'denied', effective: 'denied', source: 'call' },
      'The shopper declined advertising storage.',
    ],
    ['GPC is on', { stated: 'denied', effective: 'denied', source: 'gpc' }, 'Global Privacy Control'],
    ['the shopper declined a use', { ...granted, adUserData: 'denied' }, 'the use of their data for advertising'],
    ['there is no choice', { stated: 'unknown', effective: 'denied' }, "the site's consent policy counts that as denied"],
  ])('names the reason if %s', (_, consent, text) => {
    expect(explainDenial([report('browser', consent)])).toContain(text);
  });

  it('returns nothing if no report explains the denial', () => {
    expect(explainDenial([report('browser')])).toBeUndefined();
    expect(explainDenial([])).toBeUndefined();
  });
});

describe('explainSkip', () => {
  it('keeps the sentence of every other outcome', () => {
    const outcome = { connection: 'bing', outcome: 'bot', says: 'A crawler.', issues: [] } as const;
    expect(explainSkip(outcome, [report('browser', { stated: 'denied', effective: 'denied' })])).toBe(outcome);
  });
});

describe("explainSkip for a browser's denial of a shop's event", () => {
  it.each([
    ['consent-differs', "A browser's report denied this event of the shop."],
    ['denied-by-browser', "A browser's report denied this event of the shop."],
    ['visitor-denied', 'The browser of the visitor that the shop names denied consent'],
    ['other', 'The shopper declined the use of their data for advertising.'],
  ])('does not call it the choice of the shopper if its issue is %s', (code, text) => {
    const issues = [{ field: 'consent', code, message: 'Do this.' }];
    const outcome = { connection: 'ads', outcome: 'consent-denied', says: '', issues } as const;
    const claim = report('browser', { ...granted, adUserData: 'denied' });
    expect(explainSkip(outcome, [report('webhook'), claim]).says).toContain(text);
  });
});

describe('explainWait', () => {
  it('names the missing report of a held purchase, with the longest wait', () => {
    expect(explainWait(deferred('hold'), [report('webhook')])).toBe(
      'Waits for the report of the thank-you page, at most 90 s, so that both count once.',
    );
    expect(explainWait(deferred('hold'), [report('browser')])).toContain("the report of the shop's server or webhook");
  });

  it('names consent if the event waits for it', () => {
    const pending = { stated: 'unknown', effective: 'pending' } as const;
    expect(explainWait(deferred('hold'), [report('webhook', pending)])).toBe(
      "Waits for the shopper's consent choice, at most 90 s.",
    );
    const spooled = { ...report('webhook', pending), receivedAt: at - 3_600 * secondMs };
    expect(explainWait(deferred('hold'), [spooled], at)).toBe("Waits for the shopper's consent choice, at most 90 s.");
  });

  it('distinguishes a failed attempt from one that has not begun', () => {
    expect(explainWait(deferred('retry', 1), [report('browser')])).toContain('The last attempt failed.');
    expect(explainWait(deferred('retry'), [report('browser')])).toBe('Waits for its next attempt.');
  });

  it('names the suspect clock by which the event seems too old', () => {
    expect(explainWait(deferred('retry'), [report('browser')], at, true)).toContain('Waits until the clock is corrected');
  });
});

describe('explainUnsettled', () => {
  it.each([
    [[], 'Waits to be sent.'],
    [['unanswered'], 'Sent. The platform has not answered yet.'],
    [['retry', 'unknown'], 'Sent, but no answer came.'],
    [['retry'], '1 attempt so far, and none was accepted. Waits for the next one.'],
    [['retry', 'blocked', 'retry'], '3 attempts so far'],
  ] as const)('says of an event with the attempts %j that it waits to be sent only if there was none', (results, text) => {
    const says = explainUnsettled(results.map((result) => ({ result })));
    expect(says).toContain(text);
    expect(says.startsWith('Waits to be sent')).toBe(results.length === 0);
  });
});
