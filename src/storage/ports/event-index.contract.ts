import { describe, expect, it } from 'vitest';
import { type CountedFilters, type EventSearch, type IndexEntry, maxOrderEvents, type OutcomeFilter } from './event-index.ts';
import type { EventOutcomeEntry } from './outcomes.ts';
import { consumer, createState, indexEntry, outcome, report, type StoreBench, start } from './store.fixture.ts';
import type { Store } from './store.ts';

export function eventIndexContract(bench: StoreBench): void {
  const { acquire, commit, identify, restart } = bench;

  describe('event index', () => {
    const search = async (of: Partial<EventSearch> = {}, site = 'shop') =>
      (await bench.store.searchEvents(site, { limit: 1_000, ...of })).offsets;
    const ended = (...any: NonNullable<EventSearch['outcomes']>['any']) => ({ outcomes: { consumers: [consumer], any } });

    it('purchases are listed in log order and in pages, once each with all sources', async () => {
      const named = (offset: string, more: Partial<IndexEntry> = {}) => indexEntry(offset, { id: 'ord-1', ...more });
      await identify({
        reports: [report('2', 'browser'), report('4', 'webhook'), report('5', 'server', { id: 'ord-5' })],
        index: [
          named('2', { time: start - 9 }),
          indexEntry('3', { name: 'Lead' }),
          named('4', { reporter: 'webhook', orderId: '1001' }),
          indexEntry('5', { reporter: 'server' }),
        ],
      });
      await identify({ index: [indexEntry('6')] }, 'shop-2');
      const [first, next] = [
        { offset: '2', receivedAt: start, time: start, id: 'ord-1', reporters: ['browser', 'webhook'], orderId: '1001' },
        { offset: '5', receivedAt: start, time: start, id: 'ord-5', reporters: ['server'] },
      ];
      expect(await bench.store.listPurchases('shop', '', '9', 9)).toEqual([first, next]);
      expect(await bench.store.listPurchases('shop', '', '9', 1)).toEqual([first]);
      expect(await bench.store.listPurchases('shop', '2', '5', 9)).toEqual([next]);
      expect(await bench.store.listPurchases('shop', '2', '4', 9)).toEqual([]);
    });

    it('a search finds the indexed events of its site, the newest first', async () => {
      await identify({ index: [indexEntry('2'), indexEntry('1'), indexEntry('3')] });
      await identify({ index: [indexEntry('4')] }, 'shop-2');
      expect(await search()).toEqual(['3', '2', '1']);
      expect(await search({}, 'shop-2')).toEqual(['4']);
      expect(await search({}, 'shop-3')).toEqual([]);
    });

    it.each([1, 7, 1_000])('pages of %d have no gaps and repeats, also when few events match', async (limit) => {
      const offsets = Array.from({ length: 2_500 }, (_, index) => String(index).padStart(4, '0'));
      const name = (offset: string) => (Number(offset) % 400 === 3 ? 'Lead' : 'Purchase');
      await identify({ index: offsets.map((offset) => indexEntry(offset, { name: name(offset) })) });
      const leads = offsets.filter((offset) => name(offset) === 'Lead').reverse();
      await commit({ outcomes: leads.map((offset) => outcome(offset, 'delivered')) });
      const cases: [string[], Partial<EventSearch>][] = [
        [offsets.toReversed().slice(0, limit * 9), {}],
        [leads, { names: ['Lead'] }],
        [leads, ended('delivered')],
      ];
      for (const [all, of] of cases) {
        const found: string[] = [];
        let before: string | undefined = '~';
        while (before !== undefined && found.length < all.length) {
          const page: Awaited<ReturnType<Store['searchEvents']>> = await bench.store.searchEvents('shop', {
            ...of,
            limit,
            before,
          });
          expect(page.offsets.length).toBeLessThanOrEqual(limit);
          found.push(...page.offsets);
          before = page.before;
        }
        expect(found).toEqual(all);
      }
    });

    it('each filter selects its events, and several filters select the intersection', async () => {
      const waiting = { stated: 'unknown', effective: 'pending' } as const;
      await identify({
        index: [
          indexEntry('1', { name: 'PageView', keys: ['visitor', 'gclid', 'oppref'] }),
          indexEntry('2', { reporter: 'server', keys: ['email', 'visitor'], time: start - 5, country: 'DE' }),
          indexEntry('3', { reporter: 'webhook', keys: ['email', 'phone'], orderId: '10_01', time: start + 5, consent: waiting }),
          indexEntry('4', {
            country: 'FR',
            name: 'Lead',
            id: 'Form%7',
            keys: ['email', 'msclkid', 'external-id', 'address', 'agent'],
          }),
        ],
      });
      const cases: [string[], Partial<EventSearch>][] = [
        [['1'], { names: ['PageView'] }],
        [['4', '1'], { names: ['PageView', 'Lead'] }],
        [['3', '2'], { reporters: ['server', 'webhook'] }],
        [['4', '3', '2'], { has: ['email'] }],
        [['2'], { has: ['email', 'visitor'] }],
        [['1'], { has: ['gclid', 'oppref'], lacks: ['fbclid'] }],
        [['4'], { has: ['msclkid'], lacks: ['gclid'] }],
        [['4', '3'], { lacks: ['visitor'] }],
        [['4'], { has: ['email'], lacks: ['visitor', 'phone'] }],
        [['4', '3', '1'], { since: start }],
        [['2'], { until: start }],
        [['4', '1'], { since: start, until: start + 5 }],
        [['3', '2', '1'], { text: 'ORD' }],
        [['4'], { text: 'm%7' }],
        [['3'], { text: '0_0' }],
        [[], { text: 'd%7' }],
        [['3'], { names: ['Purchase'], has: ['email'], lacks: ['visitor'], text: 'ord', reporters: ['webhook'], since: start }],
        [[], { names: ['Lead'], has: ['phone'] }],
        [[], { names: [] }],
        [['3'], { consents: ['pending'] }],
        [['4', '3', '2', '1'], { consents: ['pending', 'granted'] }],
        [[], { consents: ['denied'] }],
        [['2'], { countries: ['DE', 'AT'] }],
        [['4', '2'], { countries: ['DE', 'FR'] }],
        [['4', '3'], { among: 2 }],
        [['4'], { among: 3, names: ['PageView', 'Lead'] }],
        [['4', '3', '2', '1'], { among: 9 }],
      ];
      for (const [offsets, of] of cases) expect(await search(of), JSON.stringify(of)).toEqual(offsets);
    });

    it('the outcomes of a search may need an issue with one of the codes', async () => {
      await identify({ index: ['1', '2', '3'].map((offset) => indexEntry(offset)) });
      const issue = (code: string) => [{ field: 'time', code, message: 'm' }];
      await commit({
        outcomes: [
          { ...outcome('1', 'dead'), issues: issue('too-old') },
          { ...outcome('2', 'dead'), issues: issue('token') },
          { ...outcome('3', 'bot'), issues: issue('too-old') },
        ],
      });
      const coded = (codes: readonly string[], ...any: readonly OutcomeFilter[]) =>
        search({ outcomes: { consumers: [consumer], any, codes } });
      expect(await coded(['too-old'], 'dead')).toEqual(['1']);
      expect(await coded(['too-old', 'token'], 'dead', 'bot')).toEqual(['3', '2', '1']);
      expect(await coded(['other'], 'dead')).toEqual([]);
    });

    it('the outcomes of a search may need an effect of one of the rules', async () => {
      await identify({ index: ['1', '2', '3'].map((offset) => indexEntry(offset)) });
      const effects = (rule: string) => ({ digest: 'a.b', effects: [{ rule, did: 'set' as const, message: 'm' }] });
      await commit({
        outcomes: [
          { ...outcome('1', 'delivered'), rules: effects('net') },
          { ...outcome('2', 'dead'), rules: effects('tag') },
          outcome('3', 'delivered'),
        ],
      });
      const ruled = (...rules: readonly string[]) =>
        search({ outcomes: { consumers: [consumer], any: ['delivered', 'dead'], rules } });
      expect(await ruled('net')).toEqual(['1']);
      expect(await ruled('net', 'tag')).toEqual(['2', '1']);
      expect(await ruled('other')).toEqual([]);
    });

    it('the next match after an event is the oldest newer one', async () => {
      const offsets = Array.from({ length: 2_500 }, (_, index) => String(index).padStart(4, '0'));
      await identify({ index: offsets.map((offset) => indexEntry(offset, { name: offset === '2400' ? 'Lead' : 'Purchase' })) });
      await commit({ outcomes: ['0007', '1500'].map((offset) => outcome(offset, 'delivered')) });
      const next = (after: string, of: CountedFilters = {}) => bench.store.findNextEvent('shop', after, of);
      expect(await next('0006')).toBe('0007');
      expect(await next('0006', { names: ['Lead'] })).toBe('2400');
      expect(await next('0006', ended('delivered'))).toBe('0007');
      expect(await next('0007', ended('delivered'))).toBe('1500');
      expect(await next('2400', { names: ['Lead'] })).toBeUndefined();
      expect(await next('2499')).toBeUndefined();
    });

    it('the matches are counted by name, sources, consent and country, each event once', async () => {
      await identify({
        reports: [report('1', 'browser'), report('2', 'server')],
        index: [
          indexEntry('1', { id: 'ord-1', country: 'DE' }),
          indexEntry('2', { id: 'ord-1', reporter: 'server' }),
          indexEntry('3', { name: 'Lead' }),
          indexEntry('4', { name: 'Lead' }),
          indexEntry('5', { country: 'DE', consent: { stated: 'denied', effective: 'denied' } }),
        ],
      });
      await commit({ outcomes: [outcome('3', 'dead'), outcome('4', 'delivered')] });
      const count = async (of: CountedFilters = {}) => {
        const { groups, isComplete } = await bench.store.countEvents('shop', of);
        expect(isComplete).toBe(true);
        return groups.toSorted((a, b) => b.events - a.events || (a.name < b.name ? 1 : -1) || (a.consent < b.consent ? 1 : -1));
      };
      const leads = { name: 'Lead', reporters: ['browser'], consent: 'granted' };
      expect(await count()).toEqual([
        { ...leads, events: 2 },
        { name: 'Purchase', reporters: ['browser', 'server'], consent: 'granted', country: 'DE', events: 1 },
        { name: 'Purchase', reporters: ['browser'], consent: 'denied', events: 1 },
      ]);
      expect(await count({ names: ['Lead'], ...ended('dead') })).toEqual([{ ...leads, events: 1 }]);
      expect(await count({ names: ['Search'] })).toEqual([]);
    });

    it('events are counted under the names that the rules of a connection gave them', async () => {
      await identify({
        index: ['1', '2', '3', '4'].map((offset) => indexEntry(offset, { name: offset === '4' ? 'Lead' : 'Quiz' })),
      });
      const renamed = (name: string) => ({ rules: { digest: 'a.b', effects: [], name } });
      await commit({
        outcomes: [
          { ...outcome('1', 'delivered'), ...renamed('Lead') },
          { ...outcome('2', 'dead'), ...renamed('Lead') },
          outcome('3', 'delivered'),
          outcome('4', 'delivered'),
        ],
      });
      const count = async (...of: Parameters<Store['countEvents']> extends [string, ...infer Rest] ? Rest : never) => {
        const { groups } = await bench.store.countEvents('shop', ...of);
        return Object.fromEntries(groups.map(({ name, events }) => [name, events]));
      };
      expect(await count(ended('delivered'), { renamedBy: consumer })).toEqual({ Lead: 2, Quiz: 1 });
      expect(await count(ended('dead'), { renamedBy: consumer })).toEqual({ Lead: 1 });
      expect(await count({}, { renamedBy: consumer })).toEqual({ Lead: 3, Quiz: 1 });
      expect(await count(ended('delivered'))).toEqual({ Lead: 1, Quiz: 2 });
      expect(await count(ended('delivered'), { renamedBy: 'shop/other' })).toEqual({ Lead: 1, Quiz: 2 });
    });

    it('a count ends after enough matches, and returns how many of the newest events it searched', async () => {
      const offsets = Array.from({ length: 8_500 }, (_, index) => String(index).padStart(4, '0'));
      await identify({ index: offsets.map((offset) => indexEntry(offset, { name: offset < '0500' ? 'Lead' : 'Search' })) });
      const count = async (of: CountedFilters, enough: number) => {
        const { groups, ...rest } = await bench.store.countEvents('shop', of, { enough });
        return { ...rest, events: Object.fromEntries(groups.map(({ name, events }) => [name, events])) };
      };
      expect(await count({}, 8_000)).toEqual({ isComplete: false, searched: 8_000, events: { Search: 8_000 } });
      expect(await count({}, 8_001)).toMatchObject({ isComplete: true, events: { Search: 8_000, Lead: 500 } });
      // Few matches are searched for further back.
      expect(await count({ names: ['Lead'] }, 1)).toMatchObject({ isComplete: true, events: { Lead: 500 } });
      // Outcomes in several commits, of which a later one replaces an earlier one.
      await commit({ outcomes: [outcome('0001', 'dead'), outcome('0002', 'dead'), outcome('8499', 'delivered')] });
      await commit({ outcomes: [outcome('0002', 'delivered'), outcome('8498', 'dead')] });
      expect(await search(ended('dead'))).toEqual(['8498', '0001']);
      expect(await search({ ...ended('dead', 'undelivered'), limit: 9_000 })).toHaveLength(8_498);
      expect(await count(ended('dead'), 9_000)).toMatchObject({ events: { Search: 1, Lead: 1 } });
    });

    it('a search keeps the matches that its caller keeps, in pages, in counts and for the next event', async () => {
      const offsets = Array.from({ length: 2_500 }, (_, index) => String(index).padStart(4, '0'));
      await identify({ index: offsets.map((offset) => indexEntry(offset)) });
      await commit({ outcomes: [outcome('0001', 'dead'), outcome('0002', 'dead')] });
      const asked: number[] = [];
      const keep = async (some: readonly string[]) => {
        asked.push(some.length);
        return some.filter((offset) => offset.endsWith('001') || offset === '9999');
      };
      expect(await search({ keep })).toEqual(['2001', '1001', '0001']);
      expect(Math.max(...asked)).toBeLessThan(2_500);
      const page = await bench.store.searchEvents('shop', { keep, limit: 2 });
      expect(page.offsets).toEqual(['2001', '1001']);
      expect(await search({ keep, before: page.before ?? '' })).toEqual(['0001']);
      expect(await search({ keep, ...ended('dead') })).toEqual(['0001']);
      expect(await search({ keep, names: ['Lead'] })).toEqual([]);
      expect((await bench.store.countEvents('shop', { keep })).groups).toMatchObject([{ events: 3 }]);
      expect(await bench.store.findNextEvent('shop', '0001', { keep })).toBe('1001');
    });

    it('a duplicate adds source and match keys to its primary report and is no event of its own', async () => {
      const first = indexEntry('1', { id: 'ord-1', keys: ['visitor'] });
      const copy = indexEntry('2', { id: 'ord-1', reporter: 'server', keys: ['email'], orderId: '1001' });
      await identify({ reports: [report('1', 'browser')], index: [first] });
      await identify({ reports: [report('2', 'server')], index: [copy] });
      expect(await search()).toEqual(['1']);
      for (const reporter of ['browser', 'server'] as const) expect(await search({ reporters: [reporter] })).toEqual(['1']);
      expect(await search({ has: ['email', 'visitor'], text: '1001' })).toEqual(['1']);
      expect(await search({ lacks: ['email'] })).toEqual([]);
    });

    it.each([
      ['primary', 0],
      ['duplicate', 1],
    ] as const)('a denial by the %s report removes the match keys and the order of the event', async (_, by) => {
      const consents = [1, 0].map((other) => {
        const choice = by === other ? 'granted' : 'denied';
        return { stated: choice, effective: choice } as const;
      });
      const keys = ['email'] as const;
      await identify({
        reports: [report('1', 'browser'), report('2', 'server')],
        index: [
          indexEntry('1', { id: 'ord-1', orderId: 'first', keys, country: 'DE', ...(consents[0] && { consent: consents[0] }) }),
          indexEntry('2', { id: 'ord-1', orderId: 'copy', keys, ...(consents[1] && { consent: consents[1] }) }),
        ],
      });
      expect(await search({ lacks: ['email'] })).toEqual(['1']);
      expect([...(await search({ text: 'first' })), ...(await search({ text: 'copy' }))]).toEqual([]);
      expect(await search({ countries: ['DE'] })).toEqual([]);
    });

    it("the shop's report determines time, arrival and order of a purchase in any order of arrival", async () => {
      const claim = indexEntry('1', { id: 'ord-1', time: start - 9_000, receivedAt: start - 8_000, orderId: 'claimed' });
      const sale = indexEntry('2', { id: 'ord-1', reporter: 'webhook', time: start, receivedAt: start + 1, orderId: '1001' });
      const late = indexEntry('3', { id: 'ord-1', reporter: 'server', time: start + 5, receivedAt: start + 6, orderId: '1001' });
      const purchase = { offset: '1', id: 'ord-1', orderId: '1001' };
      await identify({ reports: [report('1', 'browser')], index: [claim] });
      await identify({ reports: [report('2', 'webhook')], index: [sale] });
      expect(await bench.store.listPurchases('shop', '', '9', 10)).toMatchObject([
        { ...purchase, time: start, receivedAt: start + 1 },
      ]);
      await identify({ reports: [report('3', 'server')], index: [late] });
      await identify({ index: [claim, sale] });
      expect(await bench.store.listPurchases('shop', '', '9', 10)).toMatchObject([
        { ...purchase, time: start + 5, receivedAt: start + 6 },
      ]);
    });

    it.each([
      ['an hour', 3_600_000, ['1']],
      ['longer', 3_600_001, []],
    ])("a browser's denial overrides the shop's grant if both arrived within an hour: %s", async (_, intervalMs, denied) => {
      const keys = ['email'] as const;
      const denial = { stated: 'denied', effective: 'denied' } as const;
      const reports = [
        indexEntry('1', { id: 'ord-1', consent: denial, receivedAt: start - intervalMs }),
        indexEntry('2', { id: 'ord-1', reporter: 'server', keys, orderId: '1001' }),
      ];
      await identify({ reports: [report('1', 'browser'), report('2', 'server')], index: reports });
      expect(await search({ lacks: ['email'] })).toEqual(denied);
      await identify({ index: reports });
      expect(await search({ lacks: ['email'] })).toEqual(denied);
      expect(await search({ text: '1001' })).toEqual(denied.length > 0 ? [] : ['1']);
    });

    it('indexing a report again changes nothing', async () => {
      const delta = {
        reports: [report('1', 'browser'), report('2', 'server')],
        index: [indexEntry('1', { keys: ['visitor'] }), indexEntry('2', { reporter: 'server', keys: ['email'] })],
      };
      await identify(delta);
      await identify(delta);
      expect(await search()).toEqual(['1']);
      expect(await search({ has: ['email', 'visitor'], lacks: ['phone'], reporters: ['server'] })).toEqual(['1']);
      expect(await search({ reporters: ['webhook'] })).toEqual([]);
    });

    it.each(['1', '2'])('removal of the record of report %s removes match keys and order', async (removed) => {
      await identify({
        reports: [report('1', 'browser'), report('2', 'server')],
        index: [
          indexEntry('1', { keys: ['visitor'] }),
          indexEntry('2', { keys: ['email'], orderId: '1001' }),
          indexEntry('3', { keys: ['email'] }),
        ],
      });
      await identify({ absent: [{ offset: removed, reason: 'consent-denied' }] });
      expect(await search({ lacks: ['visitor', 'email'] })).toEqual(['1']);
      expect(await search({ has: ['email'] })).toEqual(['3']);
      expect(await search({ text: '1001' })).toEqual([]);
    });

    it('a search by outcome uses the latest outcome at the requested connections', async () => {
      await identify({ index: ['1', '2', '3', '4', '5'].map((offset) => indexEntry(offset)) });
      await commit({ outcomes: [outcome('1', 'waiting'), outcome('2', 'delivered'), outcome('3', 'bot')] });
      await commit({ outcomes: [outcome('4', 'waiting'), outcome('5', 'waiting')] });
      expect(await search(ended('waiting'))).toEqual(['5', '4', '1']);
      await commit({ outcomes: [outcome('1', 'delivered'), outcome('5', 'dead')] });
      const other = 'shop/other';
      await bench.store.commitDelivery(await acquire(other), { state: createState('0'), outcomes: [outcome('3', 'delivered')] });
      const cases: [string[], EventSearch['outcomes']][] = [
        [['2', '1'], { consumers: [consumer], any: ['delivered'] }],
        [['3'], { consumers: [other], any: ['delivered'] }],
        [['3', '2', '1'], { consumers: [consumer, other], any: ['delivered'] }],
        [['4'], { consumers: [consumer], any: ['waiting'] }],
        [['5', '3'], { consumers: [consumer], any: ['dead', 'bot'] }],
        [['5', '4', '2', '1'], { consumers: [other], any: ['undelivered'] }],
        [['5'], { consumers: [consumer], any: ['undelivered', 'dead'] }],
        [[], { consumers: [consumer], any: ['filtered'] }],
        [[], { consumers: [], any: ['delivered', 'undelivered'] }],
      ];
      for (const [offsets, outcomes] of cases)
        expect(await search(outcomes && { outcomes }), JSON.stringify(outcomes)).toEqual(offsets);
    });

    it('a search by outcome is correct for any order and grouping of commits', async () => {
      const offsets = Array.from({ length: 300 }, (_, index) => String(index).padStart(4, '0'));
      await identify({ index: offsets.map((offset) => indexEntry(offset)) });
      const outcomes = ['delivered', 'waiting', 'dead', 'bot', 'filtered'] as const;
      const known = new Map<string, EventOutcomeEntry['outcome']>();
      let drawn = 7;
      const draw = (bound: number) => {
        drawn = (drawn * 48_271) % 2_147_483_647;
        return drawn % bound;
      };
      let cursor = 20;
      while (cursor < 280) {
        const next = cursor + 1 + draw(25);
        const inRow = offsets.slice(cursor, next);
        const randomOffsets = offsets.slice(20, cursor).filter(() => draw(40) === 0);
        for (const some of [inRow, randomOffsets]) {
          const entries = some.map((offset) => outcome(offset, outcomes[draw(outcomes.length)] ?? 'dead'));
          for (const { offset, outcome: of } of entries) known.set(offset, of);
          if (entries.length > 0) await commit({ state: createState(inRow.at(-1) ?? ''), outcomes: entries });
        }
        cursor = next;
      }
      for (const any of [...outcomes, 'undelivered'] as const) {
        const expected = offsets.filter((offset) => (known.get(offset) ?? 'undelivered') === any).reverse();
        expect(expected.length).toBeGreaterThan(0);
        expect(await search(ended(any)), any).toEqual(expected);
        const either = offsets.filter((offset) => [any, 'dead'].includes(known.get(offset) ?? 'undelivered')).reverse();
        expect(await search({ ...ended(any, 'dead'), text: '-01' }), any).toEqual(either.filter((one) => one.startsWith('01')));
      }
      for (const some of [offsets, offsets.filter(() => draw(20) === 0)]) {
        const found = await bench.store.getOutcomes(consumer, some);
        expect(some.map((offset) => found.get(offset)?.outcome)).toEqual(some.map((offset) => known.get(offset)));
      }
    });

    it('an event before the first settled one or after the cursor is undelivered', async () => {
      await identify({ index: ['1', '2', '3', '4', '5'].map((offset) => indexEntry(offset)) });
      await commit({ state: createState('1') });
      expect(await search(ended('undelivered'))).toEqual(['5', '4', '3', '2', '1']);
      await commit({ state: createState('3'), outcomes: [outcome('2', 'waiting'), outcome('3', 'delivered')] });
      expect(await search(ended('undelivered'))).toEqual(['5', '4', '1']);
      await commit({ state: createState('3'), outcomes: [outcome('2', 'delivered')] });
      expect(await search(ended('undelivered', 'waiting'))).toEqual(['5', '4', '1']);
      await commit({ state: createState('5'), outcomes: [outcome('4', 'delivered'), outcome('5', 'bot')] });
      expect(await search(ended('undelivered', 'bot'))).toEqual(['5', '1']);
    });

    it('an event from before the connection existed is not undelivered, until a replay gives it an outcome', async () => {
      await identify({ index: ['1', '2', '3', '4'].map((offset) => indexEntry(offset)) });
      const begins = { after: '3', at: 0, events: 3 };
      await commit({ state: { ...createState('3'), begins } });
      expect(await search(ended('undelivered'))).toEqual(['4']);
      expect(await search(ended('before-connection'))).toEqual(['3', '2', '1']);
      expect(await search(ended('undelivered', 'before-connection'))).toEqual(['4', '3', '2', '1']);
      await commit({ state: { ...createState('3'), begins }, outcomes: [outcome('2', 'delivered')] });
      expect(await search(ended('before-connection'))).toEqual(['3', '1']);
      expect(await search(ended('before-connection', 'delivered'))).toEqual(['3', '2', '1']);
      expect(await search(ended('undelivered'))).toEqual(['4']);
    });

    it('duplicates match their own outcome, and filters on their event', async () => {
      await identify({
        reports: [
          report('1', 'browser'),
          report('2', 'server'),
          report('3', 'browser', { name: 'Lead' }),
          report('4', 'server', { name: 'Lead' }),
        ],
        index: [indexEntry('1'), indexEntry('2'), indexEntry('3', { name: 'Lead' }), indexEntry('4', { name: 'Lead' })],
      });
      await commit({ outcomes: ['1', '3'].map((offset) => outcome(offset, 'delivered')) });
      await commit({ outcomes: ['2', '4'].map((offset) => outcome(offset, 'duplicate')) });
      expect(await search(ended('duplicate'))).toEqual(['4', '2']);
      expect(await search({ ...ended('duplicate'), names: ['Lead'] })).toEqual(['4']);
      expect(await search(ended('duplicate', 'delivered'))).toEqual(['4', '3', '2', '1']);
      expect(await search(ended('undelivered'))).toEqual([]);
    });

    it('the index survives a crash', async () => {
      await identify({ index: [indexEntry('1', { keys: ['email'] })] });
      await restart();
      expect(await search({ has: ['email'] })).toEqual(['1']);
    });

    it('the events of an order are found by its whole id, in one site, until they are denied or gone', async () => {
      await identify({
        index: [
          indexEntry('1', { name: 'Purchase', orderId: '1001' }),
          indexEntry('2', { name: 'Purchase', orderId: '10012' }),
          indexEntry('3', { name: 'Refund', orderId: '1001' }),
          indexEntry('4', { name: 'Refund', orderId: '1002' }),
          indexEntry('5'),
          indexEntry('6', { name: 'InitiateCheckout', orderId: '1001' }),
        ],
      });
      const find = (site: string, ...orderIds: string[]) => bench.store.findOrderEvents(site, orderIds);
      const [purchase, refund] = [
        { orderId: '1001', offset: '1', name: 'Purchase' },
        { orderId: '1001', offset: '3', name: 'Refund' },
      ];
      expect(await find('shop', '1001')).toEqual([purchase, refund]);
      expect((await find('shop', '1001', '1002', '10')).map(({ offset }) => offset)).toEqual(['1', '3', '4']);
      expect(await find('shop-2', '1001')).toEqual([]);
      await identify({ absent: [{ offset: '1', reason: 'erased' }] });
      expect(await find('shop', '1001')).toEqual([refund]);
    });

    it("an order has a limited number of events, the shop's first", async () => {
      const digits = (index: number) => `${1_000 + index}`;
      const byBrowsers = Array.from({ length: maxOrderEvents + 5 }, (_, index) =>
        indexEntry(digits(index), { id: `forged-${index}`, orderId: '1001' }),
      );
      await identify({
        index: [
          ...byBrowsers,
          indexEntry('9998', { orderId: '1001', reporter: 'server' }),
          indexEntry('9999', { orderId: '1002' }),
        ],
      });
      const found = (await bench.store.findOrderEvents('shop', ['1001', '1002'])).map(({ offset }) => offset);
      expect(found).toEqual([...byBrowsers.slice(0, maxOrderEvents - 1).map(({ offset }) => offset), '9998', '9999']);
    });

    it('primary reports are found by event id under any name, in one site', async () => {
      await identify({ reports: [report('3', 'browser', { name: 'Lead' }), report('1', 'browser'), report('4', 'server')] });
      expect(await bench.store.findEvents('shop', 'ord-1')).toEqual(['1', '3']);
      expect(await bench.store.findEvents('shop-2', 'ord-1')).toEqual([]);
      expect(await bench.store.findEvents('shop', 'ord')).toEqual([]);
    });
  });
}
