import { afterEach, describe, expect, it } from 'vitest';
import { hour, startApi } from '../campaign-management/api.fixture.ts';
import type { MicrosoftSimulator } from '../simulator.ts';
import { startMicrosoftSimulator } from '../simulator.ts';

const nowSeconds = 1_744_430_100;
const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(2)>&\u202e`;

let simulator: MicrosoftSimulator | undefined;
afterEach(() => simulator?.close());

async function start(): Promise<MicrosoftSimulator> {
  simulator = await startMicrosoftSimulator({ port: 0, now: () => nowSeconds * 1_000 });
  return simulator;
}

const purchase = {
  eventType: 'custom',
  eventId: 'ord-1',
  eventName: 'purchase',
  eventTime: nowSeconds,
  adStorageConsent: 'D',
  userData: { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b', clientIpAddress: '203.0.113.42' },
  customData: { value: 125.4, currency: 'USD' },
};

function post({ url }: MicrosoftSimulator, data: unknown, tagId = '187012345'): Promise<Response> {
  const headers = { authorization: 'Bearer t', 'content-type': 'application/json' };
  return fetch(`${url}/v1/${tagId}/events`, { method: 'POST', headers, body: JSON.stringify({ data }) });
}

function beacon({ url }: MicrosoftSimulator, parameters: Record<string, string>): Promise<Response> {
  return fetch(`${url}/action/0?${new URLSearchParams({ ti: '187012345', ...parameters })}`);
}

/** Returns the visible text. */
const plain = (text: string): string =>
  text
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ (?=[.?!])/g, '');

async function shown({ url }: MicrosoftSimulator): Promise<string> {
  return (await fetch(url)).text();
}

describe('the page', () => {
  it('shows instructions while the journal is empty', async () => {
    const running = await start();
    const text = await shown(running);
    expect(text).toContain('No events yet');
    expect(text).toContain(`curl -X POST ${running.url}/v1/187012345/events`);
  });

  it('shows an event with value, identifiers, consent and the reason', async () => {
    const running = await start();
    await post(running, [{ ...purchase, referrerUrl: 'x' }]);
    const text = await shown(running);
    expect(text).not.toContain('No events yet');
    for (const part of ['<bdi>purchase</bdi>', '<bdi>125.4 USD</bdi>', '<bdi>anonymousId</bdi>', '<bdi>clientIpAddress</bdi>']) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('<bdi>em</bdi>');
    expect(text).toContain('consent denied');
    expect(text).toContain('Not counted: consent was denied');
    expect(text).toContain('<bdi>data[0].referrerUrl</bdi></code> was removed');
    expect(text).toContain('<dt>Requests</dt><dd>1</dd>');
  });

  it('shows no currency without a value', async () => {
    const running = await start();
    await post(running, [{ ...purchase, adStorageConsent: 'G', customData: { currency: 'USD' } }]);
    expect(plain(await shown(running))).toContain('reported by the server only');
    expect(plain(await shown(running))).not.toContain(' USD ');
    await beacon(running, { ea: 'purchase', evt: 'custom', event_id: 'ord-1', gc: 'USD' });
    const merged = plain(await shown(running));
    expect(merged).toContain('Event id ord-1 ord-1');
    expect(merged).not.toContain('Value ');
  });

  it('shows duplicates and rejected requests', async () => {
    const running = await start();
    const granted = { ...purchase, adStorageConsent: 'G' };
    await post(running, [granted, granted]);
    await post(running, [{ ...purchase, eventTime: 1 }]);
    const text = await shown(running);
    expect(text).toContain('<dt>Duplicates</dt><dd>1</dd>');
    expect(text).toContain('<dt>Not answered 200</dt><dd>1</dd>');
    expect(text).toContain(', duplicate');
    expect(text).toContain('InvalidEventTime');
  });

  it('summarizes conversions and the reasons of the other events', async () => {
    const running = await start();
    expect(await shown(running)).not.toContain('No conversion so far');
    await beacon(running, { ea: 'view_item', evt: 'custom' });
    expect(await shown(running)).toContain('No conversion so far');
    const granted = { ...purchase, adStorageConsent: 'G' };
    await beacon(running, { ea: 'purchase', evt: 'custom', event_id: 'ord-1', gv: '120', gc: 'USD' });
    await post(running, [granted, { ...granted, eventId: 'ord-2' }, purchase, { ...purchase, eventId: 'ord-3' }]);
    await beacon(running, { ea: 'Purchase', evt: 'custom', event_id: 'ord-2' });
    await beacon(running, { ea: 'search', evt: 'custom' });
    await beacon(running, { evt: 'pageLoad' });
    await post(running, [{ ...purchase, eventTime: 1 }]);
    const text = plain(await shown(running));
    expect(text).toContain('3 conversions for 1 goal');
    expect(text).toContain('1 event reported by browser and server and merged.');
    expect(text).toContain('2 events may count twice: see why they were not merged.');
    expect(text).toContain('3 events not counted, most often because no goal matches the action (2).');
    expect(text).toContain('1 event rejected');
    expect(text).toContain('1 page view.');
    expect(text).toContain('2 from the browser, 1 from the server (1 from both)');
    expect(text).toContain('245.40 USD');
  });

  it('shows accounts, goals, adjustments and offline conversions with what became of them', async () => {
    const api = await startApi();
    await api.sendEvent();
    const ConversionGoals = [{ Type: 'OfflineConversion', Name: 'Late', GoalCategory: 'Purchase' }];
    await api.manage('/ConversionGoals', { ConversionGoals });
    api.advance(2 * hour);
    await api.signIn();
    const adjustment = { ConversionName: 'purchase', TransactionId: '77', AdjustmentType: 'Retract', AdjustmentTime: api.ago(0) };
    await api.manage('/OnlineConversionAdjustments/Apply', { OnlineConversionAdjustments: [adjustment] });
    const row = { ConversionName: 'Late', ConversionTime: api.ago(hour), MicrosoftClickId: 'b'.repeat(32) };
    await api.manage('/OfflineConversions/Apply', { OfflineConversions: [row] });
    const text = await (await fetch(api.simulator.url)).text();
    for (const part of ['Ad accounts', 'account 180000001', 'Counts uploaded rows', 'Retract of purchase', 'transaction 77'])
      expect(text).toContain(part);
    expect(text).toContain('No counted conversion has this goal');
    expect(text).toContain('No event of the last 90 days named this click');
  });

  it('explains that each goal counts an event that matches several goals', async () => {
    const running = await start();
    running.goals(['Sale', 'Order'].map((name) => ({ name, action: 'purchase' })));
    await beacon(running, { ea: 'purchase', evt: 'custom', event_id: 'ord-1' });
    const text = plain(await shown(running));
    expect(text).toContain('2 conversions for 2 goals');
    expect(text).toContain('1 event counts for more than one goal, as one conversion of each.');
  });

  it('compares the reports of browser and server, with differences', async () => {
    const running = await start();
    await beacon(running, {
      ea: 'purchase',
      evt: 'custom',
      event_id: 'ord-1',
      gv: '120',
      gc: 'USD',
      vid: 'v',
      pid: '{"em":"0a"}',
    });
    await post(running, [{ ...purchase, adStorageConsent: 'G' }]);
    const text = await shown(running);
    expect(text).toContain('The browser&#39;s report is used, because it came first.');
    const table = plain(/<table>.*<\/table>/s.exec(text)?.[0] ?? '');
    expect(table).toMatch(
      /Browser used .* Server duplicate .* Name purchase purchase Event id ord-1 ord-1 Value differs 120 USD 125.4 USD/,
    );
    expect(table).toContain('Identifiers em , anonymousId anonymousId , clientIpAddress');
  });

  it('shows the selected view, and the number of events of each view', async () => {
    const running = await start();
    const granted = { ...purchase, adStorageConsent: 'G' };
    await post(running, [granted, { ...granted, eventId: 'other', eventName: 'view_item' }, { ...purchase, eventId: 'denied' }]);
    await beacon(running, { ea: 'purchase', evt: 'custom', event_id: 'ord-1' });
    await beacon(running, { evt: 'pageLoad', tl: 'seen' });
    const ids = async (show: string) => {
      const text = await (await fetch(`${running.url}/?show=${show}`)).text();
      expect(text).toContain(
        `href="${show === 'all' || show === '%22' ? './' : `./?show=${show}`}" data-show aria-current="page"`,
      );
      return [...text.matchAll(/event id <bdi>([^<]*)/g)].map(([, id]) => id);
    };
    expect(await ids('all')).toEqual(['none', 'denied', 'other', 'ord-1']);
    expect(await ids('%22')).toHaveLength(4);
    expect(await ids('conversions')).toEqual(['ord-1']);
    expect(await ids('merged')).toEqual(['ord-1']);
    expect(await ids('not-counted')).toEqual(['denied', 'other']);
    expect(await ids('page-views')).toEqual(['none']);
    expect(plain(await shown(running))).toContain('All 4 Conversions 1 Merged 1 Not counted 2 Page views 1');
  });

  it('shows the number of events that an ID sync joins', async () => {
    const running = await start();
    await post(running, [purchase]);
    for (const query of [`Red3=BACID_1&vid=${purchase.userData.anonymousId}`, 'Red3=BACID_1&vid=x', 'vid=x']) {
      await fetch(`${running.url}/c.gif?${query}`);
    }
    const text = await shown(running);
    expect(text).toContain('Joins 1 event to this browser.');
    expect(text).toContain('No stored event has this vid');
    expect(text).toContain('Red3 is not BACID_');
  });

  it('shows the newest first', async () => {
    const running = await start();
    for (const eventId of ['older', 'newer']) await post(running, [{ ...purchase, eventId }]);
    const text = await shown(running);
    const order = (older: string, newer: string) => text.indexOf(newer) > 0 && text.indexOf(newer) < text.indexOf(older);
    expect([order('<bdi>older</bdi>', '<bdi>newer</bdi>'), order('verdict-1', 'verdict-2')]).toEqual([true, true]);
  });

  it('shows the active fault', async () => {
    const running = await start();
    expect(await shown(running)).not.toContain('Active fault');
    running.faults({ mode: 'reject', eventIds: [hostile] });
    expect(await shown(running)).toContain('Active fault');
  });

  it('shows every hostile string as text', async () => {
    const running = await start();
    const strings = Object.fromEntries(
      ['eventId', 'eventName', 'pageTitle', 'keywords', 'eventSourceUrl', hostile].map((name) => [name, hostile]),
    );
    const event = { ...purchase, ...strings, userData: { ...purchase.userData, anonymousId: hostile, em: hostile } };
    // An object that poses as escaped HTML.
    const posing = { isEscaped: true, toString: hostile };
    const odd = { ...purchase, customData: { currency: 'USD', value: 1, posing }, posing };
    expect((await post(running, [event, odd])).status).toBe(200);
    await post(running, [{ ...event, eventTime: hostile, eventType: hostile }]);
    await post(running, hostile);
    await post(running, [purchase], encodeURIComponent(hostile));
    running.faults({ mode: 'reject', eventIds: [hostile], tagId: hostile });
    const names = ['ea', 'event_id', 'p', 'tl', 'asc', 'vid', 'uid', 'gv', 'gc', 'transaction_id', 'items', hostile];
    const parameters = Object.fromEntries(names.map((name) => [name, hostile]));
    await beacon(running, { ...parameters, evt: 'custom' });
    await beacon(running, { ...parameters, evt: hostile, ti: hostile });
    await post(running, [
      { ...event, eventType: 'custom', customData: { [hostile]: hostile, currency: hostile, transactionId: hostile } },
    ]);
    await fetch(`${running.url}/c.gif?Red3=BACID_1&vid=${encodeURIComponent(hostile)}&uid=${encodeURIComponent(hostile)}`);
    running.goals([
      { name: hostile, action: hostile },
      { name: `${hostile}2`, action: 'x' },
    ]);
    const text = await shown(running);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('<img');
    expect(text.match(/<script/g)).toHaveLength(1);
  });

  it('allows only its own style and script, by a nonce of each response', async () => {
    const running = await start();
    const [first, second] = [await fetch(running.url), await fetch(running.url)];
    const policy = first.headers.get('content-security-policy') ?? '';
    const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const text = (await first.text()).replaceAll('&#x2F;', '/');
    expect(text).toContain(`<style nonce="${nonce}">`);
    expect(text).toContain(`<script nonce="${nonce}"`);
    expect(text).not.toMatch(/ style=|(src|href)="https?:/);
    expect(second.headers.get('content-security-policy')).not.toBe(policy);
  });

  it('returns 304 until the state changes', async () => {
    const running = await start();
    const etag = async () => (await fetch(running.url)).headers.get('etag') ?? '';
    const getStatus = async (revision: string) => (await fetch(running.url, { headers: { 'if-none-match': revision } })).status;
    const empty = await etag();
    expect(await getStatus(empty)).toBe(304);
    await post(running, [purchase]);
    const one = await etag();
    expect([await getStatus(empty), await getStatus(one)]).toEqual([200, 304]);
    running.faults({ mode: '500' });
    expect(await getStatus(one)).toBe(200);
    running.faults({ mode: 'ok' });
    running.clearJournal();
    expect(await shown(running)).toContain('No events yet');
  });

  it('bounds its length', async () => {
    const running = await start();
    await post(running, [{ ...purchase, pageTitle: 'x'.repeat(1_000_000) }]);
    await post(
      running,
      Array.from({ length: 1_000 }, (_, at) => ({ ...purchase, eventId: `ord-${at}`, eventName: 'y'.repeat(500) })),
    );
    const text = await shown(running);
    expect(text.length).toBeLessThan(1_000_000);
    expect(text).toContain('The newest 200.');
    expect(text).toContain('1000 events. See /journal');
  });
});
