import { afterEach, beforeEach, expect, it } from 'vitest';
import { createConnectionInput, createFacts, createSiteFacts } from '../../issues/facts/facts.fixture.ts';
import { createIssueList } from '../../issues/issue-list.ts';
import { createTestClient, openApi, shop } from '../api.fixture.ts';

let api: Awaited<ReturnType<typeof openApi>>;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.dispose());

/** Opens the API on readings that have one more waiting event each. */
function openOnReadings() {
  let waiting = 0;
  const readFacts = async () => {
    waiting += 1;
    const paused = createConnectionInput({ pause: { cause: 'blocked', since: 0 }, waiting });
    const [view] = await createTestClient(api.app())('GET /api/connections');
    if (!view) throw new Error('there are two');
    return { ...createFacts([createSiteFacts([paused])]), connections: [{ ...view, waiting }] };
  };
  const issues = createIssueList({ store: api.store, now: () => 0, readFacts, listThresholds: () => [] });
  return createTestClient(api.app({ issues, isLive: ({ id }) => id === 'bing' }));
}

it('connections and issues of one moment have the same count', async () => {
  const ask = openOnReadings();
  for (let read = 0; read < 2; read += 1) {
    const { connections, issues } = await ask('GET /api/present');
    expect(connections.map(({ id, waiting, isLive }) => [id, waiting, isLive])).toEqual([
      ['bing', 1, true],
      ['other', 0, false],
    ]);
    expect(issues).toMatchObject([{ site: shop.id, connection: 'bing', events: 1 }]);
  }
});

it('a change through the gateway ends the reading', async () => {
  const ask = openOnReadings();
  const [issue] = (await ask('GET /api/present')).issues;
  await ask('POST /api/issues/:issue/acknowledge', { issue: issue?.id ?? '' });
  expect(await ask('GET /api/present')).toMatchObject({ connections: [{ waiting: 2 }, {}], issues: [{ state: 'acknowledged' }] });
});
