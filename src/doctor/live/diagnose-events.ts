import { formatCount } from '../../event/format-numbers.ts';
import type { Finding } from '../finding.ts';
import type { PixelPost } from './browser-visit.ts';
import { createFindings } from './create-findings.ts';
import { findViolation, isScript } from './diagnose-pixel.ts';
import type { CollectorResponses, LiveEvidence } from './evidence.ts';

const { ok, problem } = createFindings('events');
const bots = createFindings('bots');

/** Checks whether the pixel's events arrive, and whether they are sent. Returns nothing if the pixel did not run. */
export function diagnoseEvents(observed: LiveEvidence): readonly Finding[] {
  const { visit, collector, gateway, site } = observed;
  if (!collector || !hasRun(observed, collector)) return [];
  const end = new URL('e', collector.url);
  const at = `${end.host}${end.pathname}`;
  const blocked = findViolation(visit.violations, end, 'connect-src');
  if (blocked)
    return [
      problem(
        `The page's Content-Security-Policy blocks the events (${blocked.directive}). Add ${end.origin} to its \`connect-src\``,
      ),
    ];
  const posts = visit.posts.filter(({ url }) => url === end.href);
  const [first] = posts;
  if (!first) return [silenceFinding(observed, collector)];
  const answered = posts.filter(({ status }) => status === 202);
  if (answered.length === 0) return [problem(describeRefusal(first, at, site.domains))];
  const count = answered.flatMap(({ eventIds }) => eventIds).length;
  if (gateway?.arrived === 0 && count > 0)
    return [
      problem(
        `${at} accepted the events, but the gateway of this config has none of them: another gateway responds there. Point the host name or the proxy to this gateway`,
      ),
    ];
  return [ok(`${at} accepted ${formatCount(count, 'event')} of the page`), ...botsFinding(observed)];
}

function hasRun({ visit }: LiveEvidence, { url, pixel }: CollectorResponses): boolean {
  const isLoaded = visit.pixels.some((one) => one.url === url.href && one.status === 200);
  return isLoaded && ('problem' in pixel || pixel.status !== 200 || isScript(pixel));
}

function silenceFinding({ consent }: LiveEvidence, { pixel }: CollectorResponses): Finding {
  const silence = 'reported nothing within 5 s';
  if (consent === undefined && 'silence' in pixel && pixel.silence === 'denied')
    return ok(
      'The pixel correctly waits for consent and has reported nothing. Check again with --consent granted to test the rest',
    );
  if (consent === undefined)
    return problem(
      `The pixel ran and ${silence}. Check the page's console. If a consent tool has not asked yet, check again with --consent granted`,
    );
  return problem(`The pixel ran and ${silence}. Check the page's console. Another script may use the name \`convey\``);
}

function botsFinding({ site, visit, gateway }: LiveEvidence): readonly Finding[] {
  if (site.bots === 'send')
    return [
      bots.warning("The site's `bots` is `send`, so the events of this check are sent to its connections like a shopper's"),
    ];
  const isKnown = gateway?.skips.includes('bot') ?? false;
  if (isKnown || /headless/i.test(visit.agent))
    return [bots.ok('The headless browser counts as a bot, so the events of this check are stored and not sent')];
  return [
    bots.warning(
      "The browser does not identify as headless, so its page view is sent like a shopper's. Use @sparticuz/chromium, or another browser with --browser",
    ),
  ];
}

function describeRefusal({ status, failure }: PixelPost, at: string, domains: readonly string[]): string {
  switch (status) {
    case undefined:
      return `The browser gets no readable response from ${at} (${failure ?? 'not within 10 s'}). Configure the proxy to forward POST and OPTIONS, and to keep the \`Access-Control-\` headers of the response`;
    case 401:
      return `${at} has status 401: the write key is unknown. Put the site's write key into the snippet`;
    case 403:
      return `${at} has status 403: the page's host is not one of the site's \`domains\` (${domains.join(', ')}), or bot protection blocks the path. Add the host, and allow the path`;
    case 404:
    case 405:
      return `${at} has status ${status}: the proxy forwards only the pixel's path. Configure it to forward POST to \`e\` in the same folder, too`;
    case 429:
      return `${at} has status 429: too many requests from one address. If it is the proxy's address, list the proxy in \`collector.trustedProxies\``;
    default:
      return `${at} has status ${status} instead of 202. Check the logs of the proxy and the gateway`;
  }
}
