import { afterEach, describe, expect, it } from 'vitest';
import type { MicrosoftSimulator, MicrosoftSimulatorOptions } from '../simulator.ts';
import { startMicrosoftSimulator } from '../simulator.ts';

const tag = '187012345';
const now = 1_744_430_100_000;

let simulator: MicrosoftSimulator | undefined;
afterEach(() => simulator?.close());

async function start(options: MicrosoftSimulatorOptions = {}): Promise<MicrosoftSimulator> {
  simulator = await startMicrosoftSimulator({ port: 0, now: () => now, ...options });
  return simulator;
}

const get = ({ url }: MicrosoftSimulator, path: string): Promise<Response> => fetch(`${url}${path}`);

describe('beacons and ID syncs', () => {
  const beacon = ({ url }: MicrosoftSimulator, parameters: Record<string, string>) =>
    fetch(`${url}/action/0?${new URLSearchParams({ ti: tag, Ver: '2', ...parameters })}`);

  it('a beacon of any page gets 204 and is stored as received and with the names of the Conversions API', async () => {
    const running = await start();
    const parameters = {
      evt: 'custom',
      ea: 'purchase',
      event_id: 'ord-1',
      mid: '0f0e',
      vid: 'b171a9b06ce011ecafcd1b209be8601b',
      uid: 'u1',
      msclkid: 'dd4afcccb1c94a4cad9544dd7e5006ab-1N',
      asc: 'G',
      p: 'https://shop.example/thanks',
      r: 'https://shop.example/',
      tl: 'Thanks',
      gv: '125.4',
      gc: 'USD',
      ev: 'x',
      prodid: 'a,b',
      pagetype: 'purchase',
      items: '[{"id":"a"}]',
      pid: '{"em":"0a","ph":7}',
      transaction_id: '1',
    };
    const answer = await beacon(running, parameters);
    expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('cross-origin-resource-policy')]).toEqual([
      204,
      'no-store',
      'cross-origin',
    ]);
    expect(running.journalEvents()).toMatchObject([
      {
        tagId: tag,
        eventId: 'ord-1',
        eventName: 'purchase',
        eventType: 'custom',
        counted: 'browser',
        goals: ['purchase'],
        server: [],
        browser: [
          {
            id: 'b1',
            parameters: { ti: tag, Ver: '2', ...parameters },
            event: {
              eventType: 'custom',
              eventName: 'purchase',
              eventId: 'ord-1',
              pageLoadId: '0f0e',
              adStorageConsent: 'G',
              pageTitle: 'Thanks',
              eventSourceUrl: 'https://shop.example/thanks',
              referrerUrl: 'https://shop.example/',
              userData: {
                msclkid: 'dd4afcccb1c94a4cad9544dd7e5006ab',
                em: '0a',
                anonymousId: 'b171a9b06ce011ecafcd1b209be8601b',
                externalId: 'u1',
              },
              customData: {
                value: 125.4,
                currency: 'USD',
                eventValue: 'x',
                transactionId: '1',
                itemIds: ['a', 'b'],
                items: [{ id: 'a' }],
                pageType: 'purchase',
              },
            },
          },
        ],
      },
    ]);
    expect(running.journal()).toEqual([]);
  });

  it('hotel data and the search get the names of the Conversions API', async () => {
    const running = await start();
    await beacon(running, {
      evt: 'custom',
      ea: 'purchase',
      ecomm_query: 'wall clock',
      hct_total_price: '338.50',
      hct_base_price: '300',
      hct_checkin_date: '2026-12-01',
      hct_checkout_date: '2026-12-03',
      hct_length_of_stay: '2',
      hct_partner_hotel_id: 'h-1',
      hct_booking_xref: 'b-1',
    });
    expect(running.journalEvents()[0]?.browser[0]?.event.customData).toEqual({
      searchTerm: 'wall clock',
      hotelData: {
        totalPrice: 338.5,
        basePrice: 300,
        checkinDate: '2026-12-01',
        checkoutDate: '2026-12-03',
        lengthOfStay: 2,
        partnerHotelId: 'h-1',
        bookingHref: 'b-1',
      },
    });
  });

  it('long values are truncated and parameters beyond the limit are ignored', async () => {
    const running = await start({ overrides: { beaconParameters: 4, beaconValueChars: 10 } });
    await fetch(
      `${running.url}/action/0?evt=custom&evt=pageLoad&ea=${'x'.repeat(50)}&${'n'.repeat(65)}=1&ti=7&__proto__=1&gv=2&%=%E0`,
    );
    const [event] = running.journalEvents();
    expect(Object.entries(event?.browser[0]?.parameters ?? {})).toEqual([
      ['evt', 'custom'],
      ['ea', 'xxxxxxxxxx'],
      ['ti', '7'],
      ['__proto__', '1'],
    ]);
  });

  it.each([
    ['no tag', { ti: '' }, 'not-readable'],
    ['a tag that is no number', { ti: '<b>' }, 'not-readable'],
    ['no kind of event', { evt: 'other' }, 'not-readable'],
    ['a tag that the simulator was not given', { ti: '5' }, 'unknown-tag'],
    ['denied consent', { asc: 'D' }, 'consent-denied'],
  ])('a beacon with %s does not count', async (_, parameters, reason) => {
    const running = await start({ tokens: { [tag]: 'example-token' } });
    expect((await beacon(running, { evt: 'custom', ea: 'purchase', event_id: '1', ...parameters })).status).toBe(204);
    expect(running.journalEvents()).toMatchObject([
      { counted: 'none', goals: [], reason, why: expect.stringContaining('Not counted') },
    ]);
  });

  it('an ID sync gets an image, and the journal names missing parts', async () => {
    const running = await start();
    const answer = await get(running, '/c.gif?Red3=BACID_14072511&vid=v1&UID=u1');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/gif']);
    expect(new TextDecoder().decode((await answer.bytes()).subarray(0, 6))).toBe('GIF89a');
    await get(running, '/c.gif?Red3=14072511&vid=v1');
    await get(running, '/c.gif?Red3=BACID_14072511');
    const at = '2025-04-12T03:55:00.000Z';
    expect(await (await get(running, '/journal/syncs')).json()).toEqual({
      syncs: [
        { id: 's1', at, customerId: '14072511', vid: 'v1', uid: 'u1', problem: null },
        { id: 's2', at, customerId: null, vid: 'v1', uid: null, problem: expect.stringContaining('Red3 is not BACID_') },
        { id: 's3', at, customerId: '14072511', vid: null, uid: null, problem: expect.stringContaining('vid is missing') },
      ],
    });
    running.clearJournal();
    expect(running.journalSyncs()).toEqual([]);
  });

  it('the tag is served as a script of its own origin', async () => {
    const answer = await get(await start(), '/bat.js');
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      '*',
    ]);
    expect(await answer.text()).toContain('window.UET = UET');
  });
});
