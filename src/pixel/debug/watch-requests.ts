import type { Report } from '../browser-report.ts';
import type { ConsentStatement } from '../commands.ts';
import { swallowErrors } from '../swallow-errors.ts';
import { maskId, maskText } from './mask-text.ts';
import type { DebugRows } from './overlay-panel.ts';

/** The gateway's answer, as far as the overlay shows it. */
interface Answer {
  readonly rejected?: readonly { readonly index: number; readonly issues: readonly Issue[] }[];
  readonly warnings?: readonly ({ readonly index: number } & Issue)[];
  readonly signalIssues?: readonly ({ readonly signal: number } & Issue)[];
  readonly error?: { readonly code: string };
}

interface Issue {
  readonly field: string;
  readonly message: string;
}

/** The statuses after which the pixel sends the reports again. */
const isRepeated = /408|429|5../;

const list = (fields: unknown) =>
  Object.keys(Object(fields))
    .map((name) => maskText(name))
    .join(' ');

/** Returns the consent in words. */
export function describeConsent({ adStorage, source, explicit }: ConsentStatement): string {
  return [adStorage ?? 'none stated', source && `source ${source}`, explicit === false && 'no choice'].filter(Boolean).join(', ');
}

/** Returns what a report holds. Of the shopper's data and the properties, only the names. */
function describeReport({ id, page, user, commerce, consent = {}, ...rest }: Report): Readonly<Record<string, unknown>> {
  const { value, currency, orderId, items } = Object(commerce);
  const { anonymousId, ...person } = Object(user);
  return {
    Id: maskId(id),
    Value: value && `${value} ${currency ?? ''}`,
    Order: orderId && maskId(orderId),
    Items: items?.length,
    Properties: list(Object(rest).properties),
    Person: list(person),
    Visitor: anonymousId && maskId(anonymousId),
    'Browser tags': Object.entries(page.browserTags ?? {})
      .map((tag) => tag.join(' '))
      .join(', '),
    Consent: describeConsent(consent),
    'Left out': consent.adStorage === 'denied' && 'person, order id, URL query: no consent',
  };
}

/** Shows the requests of the pixel to the gateway, and the answers. The page's requests and their answers stay as they are. */
export function watchRequests(rows: DebugRows, address: string): void {
  const read = swallowErrors((url: unknown, body: unknown) => {
    if (String(url) !== address) return [];
    const { events = [], signals = [] } = JSON.parse(String(body));
    return [...events, ...signals].map((report: Report, at) => {
      const row = rows.find(report.id) ?? rows.add(report.name ?? report.type, 'Sent', {}, report.id);
      row.setState('Sent');
      row.write(describeReport(report));
      return { row, at: at < events.length ? at : undefined, signal: at - events.length };
    });
  });

  const show = (sent: NonNullable<ReturnType<typeof read>>, status: number, answer: Answer) => {
    const { rejected = [], warnings = [], signalIssues = [], error } = answer;
    for (const { row, at, signal } of sent) {
      const reasons = rejected.filter(({ index }) => index === at).flatMap(({ issues }) => issues);
      const issues = [...warnings.filter(({ index }) => index === at), ...signalIssues.filter((one) => one.signal === signal)];
      const join = (some: readonly Issue[]) => some.map(({ field, message }) => `${field}: ${message}`).join(' ');
      row.setState(isRepeated.test(`${status}`) ? 'Waiting' : status === 202 && !reasons[0] ? 'Accepted' : 'Refused');
      row.write({ Answer: error ? `${status} ${error.code}` : status, Reason: join(reasons), Warning: join(issues) });
    }
  };

  const { fetch } = window;
  window.fetch = function (...input) {
    const answer = Reflect.apply(fetch, this, input);
    const sent = read(input[0], input[1]?.body);
    if (sent?.[0])
      answer
        .then(async (response) => {
          const copy = response.clone();
          show(sent, response.status, Object(await copy.json()));
        })
        .catch(() => {
          for (const { row } of sent) row.write({ Answer: 'unreadable' });
        });
    return answer;
  };

  const { sendBeacon } = navigator;
  navigator.sendBeacon = function (...input) {
    read(...input);
    return Reflect.apply(sendBeacon, this, input);
  };
}
