import { isDeepStrictEqual, styleText } from 'node:util';
import { formatCount } from '../../event/format-numbers.ts';
import type { Gateway } from '../../gateway/start-gateway.ts';
import { demoFacts, type PlatformDemo } from '../../simulators/kit/demo.ts';
import { type Fields, isFields } from '../../simulators/kit/fields.ts';
import type { ComparedEvent, Simulator } from '../../simulators/kit/simulator.ts';
import { simulators } from '../../simulators/simulators.ts';
import { print } from '../terminal.ts';
import { table } from '../terminal-output.ts';
import { post } from './post.ts';
import { type Submission, scriptedBrowsing, scriptedPurchases } from './scripted-shopper.ts';
import { shopSite } from './shop-site.ts';
import type { Demo } from './start-demo.ts';

const patienceMs = 15_000;

/** Sends the shopper's events as a browser and a shop's server would, and compares the received events with the expected ones. */
export async function playOnce({ gateway, platforms, storefront }: Demo): Promise<boolean> {
  const id = `demo-${Date.now()}`;
  const startedAt = Date.now() - 60_000;
  const browsing = scriptedBrowsing(id, startedAt, storefront.url);
  const purchases = scriptedPurchases(id, startedAt);
  const visitorId = await browse(gateway, browsing, storefront.url);
  for (const submission of purchases) {
    const headers = { authorization: `Bearer ${shopSite.secretKey}`, 'content-type': 'application/json' };
    await post(`${gateway.url}/v1/events`, headers, { events: [submission] });
  }
  const steps = [
    ...browsing.map((submission) => ({ reporter: 'browser', submission })),
    ...purchases.map((submission) => ({ reporter: 'server', submission })),
  ];
  print(`Sent ${steps.length} events to ${gateway.url}. Waiting for them at ${platforms.url} …\n`);
  const run = { id, startedAt, origin: storefront.url, visitorId };
  const expected = simulators.map(({ demo }) => demo.expected(run));
  const listReceived = () => platforms.platforms.map(({ simulator }) => simulator.listEvents());
  const until = Date.now() + patienceMs;
  while (Date.now() < until && listReceived().some((events, index) => events.length < (expected[index]?.size ?? 0)))
    await new Promise((resolve) => setTimeout(resolve, 100));

  const received = listReceived();
  return simulators
    .map((simulator, index) => compare(simulator, expected[index] ?? new Map(), steps, received[index] ?? []))
    .every((isPassed) => isPassed);
}

/** Prints what one platform received. Returns whether it received every event once, and as its documentation asks. */
function compare(
  { name, demo }: Simulator,
  expected: ReadonlyMap<string, Fields>,
  steps: readonly Step[],
  events: readonly ComparedEvent[],
): boolean {
  const rows = steps.map((step) => judge(step, expected.get(step.submission.id), events, demo));
  print(
    table(
      ['event', 'from the', 'arrived as', 'id', 'matched by', 'value', 'result'],
      rows.map(({ cells }) => cells),
    ),
  );
  const passedCount = rows.filter(({ isPassed, hasArrived }) => isPassed && hasArrived).length;
  const unexpected = events.length - rows.filter(({ hasArrived }) => hasArrived).length;
  const others = unexpected === 0 ? '' : `; ${formatCount(unexpected, 'unexpected event')}`;
  print(`\n${name}: ${passedCount} of ${expected.size} events arrived once, as documented${others}.\n`);
  return rows.every(({ isPassed }) => isPassed) && unexpected === 0;
}

/** Posts each event as the pixel would, with the cookies of earlier responses. Returns the visitor id that the gateway gave. */
async function browse(gateway: Gateway, submissions: readonly Submission[], origin: string): Promise<string> {
  let cookies = '';
  let visitor = '';
  for (const submission of submissions) {
    const headers = { origin, cookie: cookies, 'user-agent': demoFacts.agent, 'content-type': 'text/plain;charset=UTF-8' };
    const body = { writeKey: shopSite.writeKey, sentAt: Date.now(), events: [submission] };
    const { body: responseBody, setCookies } = await post(`${gateway.url}/e`, headers, body);
    cookies = setCookies.map((line) => line.split(';', 1)[0]).join('; ');
    const { visitorId }: { visitorId: string } = JSON.parse(responseBody);
    visitor = visitorId;
  }
  return visitor;
}

interface Step {
  readonly reporter: string;
  readonly submission: Submission;
}

function judge(
  { reporter, submission }: Step,
  expected: Fields | undefined,
  events: readonly ComparedEvent[],
  { listMatchKeys }: PlatformDemo,
): { isPassed: boolean; hasArrived: boolean; cells: readonly string[] } {
  // Some platforms know an order by its own id.
  const matching = events.filter(
    ({ eventId }) => eventId === submission.id || (eventId !== null && eventId === getOrderId(submission)),
  );
  const [entry] = matching;
  const [report] = entry?.server ?? [];
  const cells = (as: string, keys: string, value: string, verdict: string) => [
    submission.name,
    reporter,
    as,
    submission.id,
    keys,
    value,
    verdict,
  ];
  if (!entry || !report) {
    const isPassed = expected === undefined;
    return { isPassed, hasArrived: false, cells: cells('–', '–', '–', isPassed ? 'not sent, as documented' : 'never arrived') };
  }

  const times = matching.reduce((sum, one) => sum + one.server.length, 0);
  const verdict = !isDeepStrictEqual(report.event, expected)
    ? 'differs from what is documented'
    : times > 1
      ? `arrived ${times} times`
      : report.warnings > 0
        ? 'with warnings'
        : 'as documented';
  const isPassed = verdict === 'as documented';
  const shown = isPassed ? styleText('green', verdict) : styleText('red', verdict);
  return { isPassed, hasArrived: true, cells: cells(entry.eventName, listMatchKeys(report.event).join(' '), entry.value, shown) };
}

function getOrderId({ commerce }: Submission): unknown {
  return isFields(commerce) ? commerce.orderId : undefined;
}
