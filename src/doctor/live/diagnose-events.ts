import { formatCount } from '../../event/format-numbers.ts';
import type { Finding } from '../finding.ts';
import type { PixelPost } from './browser-visit.ts';
import { isScript, violationOf } from './diagnose-pixel.ts';
import type { CollectorAnswers, LiveEvidence } from './evidence.ts';
import { createFindings } from './finding-factory.ts';

const { ok, problem } = createFindings('events');
const bots = createFindings('bots');

/** Whether what the pixel told arrived, and what becomes of it. Nothing is said where the pixel itself did not run. */
export function diagnoseEvents(observed: LiveEvidence): readonly Finding[] {
  const { visit, collector, gateway, site } = observed;
  if (!collector || !hasRun(observed, collector)) return [];
  const end = new URL('e', collector.url);
  const at = `${end.host}${end.pathname}`;
  const blocked = violationOf(visit.violations, end, 'connect-src');
  if (blocked)
    return [
      problem(
        `The page's Content-Security-Policy keeps them away (${blocked.directive}). Add ${end.origin} to its \`connect-src\``,
      ),
    ];
  const posts = visit.posts.filter(({ url }) => url === end.href);
  const [first] = posts;
  if (!first) return [silenceFinding(observed, collector)];
  const answered = posts.filter(({ status }) => status === 202);
  if (answered.length === 0) return [problem(refusal(first, at, site.domains))];
  const count = answered.flatMap(({ eventIds }) => eventIds).length;
  if (gateway?.arrived === 0 && count > 0)
    return [
      problem(
        `${at} took the events, and the gateway that runs on this config has none of them: another gateway answers there. Point the name, or the proxy, to this one`,
      ),
    ];
  return [ok(`${at} took ${formatCount(count, 'event')} of the page`), ...botsFinding(observed)];
}

function hasRun({ visit }: LiveEvidence, { url, pixel }: CollectorAnswers): boolean {
  const came = visit.pixels.some((one) => one.url === url.href && one.status === 200);
  return came && ('problem' in pixel || pixel.status !== 200 || isScript(pixel));
}

function silenceFinding({ consent }: LiveEvidence, { pixel }: CollectorAnswers): Finding {
  const told = 'told nothing within 5 s';
  if (consent === undefined && 'silence' in pixel && pixel.silence === 'denied')
    return ok(
      'The pixel waits for consent, as it should here, and told nothing yet. Check again with --consent granted to see the rest',
    );
  if (consent === undefined)
    return problem(
      `The pixel ran and ${told}. See the page's console; where a consent tool has not asked yet, check again with --consent granted`,
    );
  return problem(`The pixel ran and ${told}. See the page's console; another script may have taken the name \`convey\``);
}

function botsFinding({ site, visit, gateway }: LiveEvidence): readonly Finding[] {
  if (site.bots === 'send')
    return [bots.warning("The site's `bots` is `send`, so the events of this check go to its connections like a shopper's")];
  const isKnown = gateway?.skips.includes('bot') ?? false;
  if (isKnown || /headless/i.test(visit.agent))
    return [bots.ok('The headless browser counts as a bot, so the events of this check are kept and not sent')];
  return [
    bots.warning(
      "The browser does not say that it is driven, so its page view counts as a shopper's and is sent. Use the one of @sparticuz/chromium, or another with --browser",
    ),
  ];
}

function refusal({ status, failure }: PixelPost, at: string, domains: readonly string[]): string {
  switch (status) {
    case undefined:
      return `The browser gets no answer from ${at} that it may read (${failure ?? 'not within 10 s'}). Have the proxy pass POST and OPTIONS on, and leave the \`Access-Control-\` headers of the answer as they are`;
    case 401:
      return `${at} answers 401: it does not know the write key. Put the site's into the snippet`;
    case 403:
      return `${at} answers 403: the page's host is not one of the site's \`domains\` (${domains.join(', ')}), or a guard before the gateway refuses. Add the host, and let the path through`;
    case 404:
    case 405:
      return `${at} answers ${status}: the proxy leads the pixel's path alone to the gateway. Have it lead \`e\` beside it there too, for POST`;
    case 429:
      return `${at} answers 429: too many requests of one address. Where that is the proxy's, list the proxy in \`collector.trustedProxies\``;
    default:
      return `${at} answers ${status} in place of 202. See the logs of the proxy and of the gateway`;
  }
}
