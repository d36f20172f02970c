import type { Finding } from '../finding.ts';
import type { PixelRequest, Violation } from './browser-visit.ts';
import type { CollectorAnswers, LiveEvidence } from './evidence.ts';
import { createFindings } from './finding-factory.ts';
import type { PixelAnswer } from './probe-collector.ts';

const slowMs = 1_500;
const { ok, warning, problem } = createFindings('pixel');

/** Whether the pixel comes as Convey sends it, and with the key of the page's site. */
export function diagnosePixel({ visit, collector, site, sites }: LiveEvidence): readonly Finding[] {
  const asked = collector && visit.pixels.find(({ url }) => url === collector.url.href);
  if (!collector || !asked) {
    return [
      problem(
        'The page asks for no script with a write key, so nothing is told. See `convey check --page` for the snippet; where a consent tool or a tag manager holds it back, let it load at once: the pixel waits for consent by itself',
      ),
    ];
  }
  const { host, origin, pathname, searchParams } = collector.url;
  const blocked = violationOf(visit.violations, collector.url, 'script-src');
  if (blocked) {
    return [
      problem(
        `The page's Content-Security-Policy keeps it away (${blocked.directive}). Add ${origin} to its \`script-src\` and \`connect-src\``,
      ),
    ];
  }
  const unfit = answerProblem(asked, `${host}${pathname}`, site.writeKey);
  if (unfit !== undefined) return [problem(unfit)];
  const key = searchParams.get('k') ?? '';
  const owner = sites.find(({ writeKey, oldWriteKeys }) => writeKey === key || oldWriteKeys?.includes(key));
  const remedy = `Put ${site.writeKey} into the snippet`;
  if (!owner) return [problem(`The page has a write key of no site in this config. ${remedy}`)];
  if (owner.id !== site.id) return [problem(`The page has the write key of the site ${owner.id}. ${remedy}`)];
  return [
    ...answerFindings(collector),
    ...(owner.writeKey === key
      ? []
      : [warning(`The page still has an old write key. ${remedy}, before the old one is taken away`)]),
  ];
}

/** What the page's policy kept away of this address. The browser tells the page whole addresses, without what is after a `#`. */
export function violationOf(violations: readonly Violation[], { href, origin }: URL, directive: string): Violation | undefined {
  return violations.find(
    (one) => one.directive.startsWith(directive) && [href, origin, href.split('?', 1)[0]].includes(one.blocked),
  );
}

function answerProblem({ status, failure }: PixelRequest, at: string, writeKey: string): string | undefined {
  if (status === undefined)
    return `Chromium gets no answer from ${at} (${failure ?? 'not within 5 s'}). Mend what is said of name and certificate first; else see that the proxy and the gateway run`;
  if (status === 401) return `${at} does not know the write key of the page. Put ${writeKey} into the snippet`;
  if (status >= 500) return `${at} answers ${status}. See that the gateway runs, and that the proxy leads there`;
  if (status !== 200)
    return `${at} answers ${status}. See that the proxy leads this path to the collector as it is, and that it is the \`collector.pixelPath\` of the config`;
  return undefined;
}

function answerFindings({ url, pixel }: CollectorAnswers): readonly Finding[] {
  if ('problem' in pixel || pixel.status !== 200) {
    const why = 'problem' in pixel ? pixel.problem : pixel.status;
    return [
      warning(
        `Chromium has it, and this machine does not get it without a browser (${why}). Where a guard against bots answers, let the paths of the collector through: shops' servers send events there too`,
      ),
    ];
  }
  if (!pixel.hasKey)
    return [
      problem(
        `What answers at ${url.host}${url.pathname} is not the pixel with this write key. See that the proxy keeps the query, and caches nothing without it`,
      ),
    ];
  // It comes with `nosniff`, so a browser goes by the type alone.
  if (!isScript(pixel))
    return [
      problem(
        `It comes as ${pixel.type || 'no type'}, which browsers do not run. Have the proxy leave its Content-Type as it is`,
      ),
    ];
  return [
    timeFinding(pixel),
    ...(pixel.etag === undefined
      ? [warning('Its ETag is lost on the way, so browsers load it whole every five minutes. Have the proxy keep it')]
      : []),
  ];
}

/** Whether a browser runs it, by its type. */
export function isScript({ type }: PixelAnswer): boolean {
  return /^\s*(?:text|application)\/javascript\b/i.test(type);
}

function timeFinding({ tookMs }: PixelAnswer): Finding {
  const took = `${Math.round(tookMs)} ms`;
  if (tookMs <= slowMs) return ok(`Comes within ${took}, and runs on the page`);
  return warning(
    `It takes ${took} to come, and shoppers who leave sooner are not counted. See what is slow: the way there, the proxy or the machine`,
  );
}
