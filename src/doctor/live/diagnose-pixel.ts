import type { Finding } from '../finding.ts';
import type { PixelRequest, Violation } from './browser-visit.ts';
import { createFindings } from './create-findings.ts';
import type { CollectorResponses, LiveEvidence } from './evidence.ts';
import type { PixelResponse } from './probe-collector.ts';

const slowMs = 1_500;
const { ok, warning, problem } = createFindings('pixel');

/** Checks that the pixel loads unchanged and has the write key of the page's site. */
export function diagnosePixel({ visit, collector, site, sites }: LiveEvidence): readonly Finding[] {
  const request = collector && visit.pixels.find(({ url }) => url === collector.url.href);
  if (!collector || !request) {
    return [
      problem(
        'The page loads no script with a write key, so it reports no events. Get the snippet from `convey check --page`. If a consent tool or a tag manager blocks it, let it load immediately: the pixel waits for consent itself',
      ),
    ];
  }
  const { host, origin, pathname, searchParams } = collector.url;
  const blocked = findViolation(visit.violations, collector.url, 'script-src');
  if (blocked) {
    return [
      problem(
        `The page's Content-Security-Policy blocks the pixel (${blocked.directive}). Add ${origin} to its \`script-src\` and \`connect-src\``,
      ),
    ];
  }
  const failure = describeFailure(request, `${host}${pathname}`, site.writeKey);
  if (failure !== undefined) return [problem(failure)];
  const key = searchParams.get('k') ?? '';
  const owner = sites.find(({ writeKey, oldWriteKeys }) => writeKey === key || oldWriteKeys?.includes(key));
  const remedy = `Put ${site.writeKey} into the snippet`;
  if (!owner) return [problem(`The page has an unknown write key. ${remedy}`)];
  if (owner.id !== site.id) return [problem(`The page has the write key of the site ${owner.id}. ${remedy}`)];
  return [
    ...diagnoseResponses(collector),
    ...(owner.writeKey === key ? [] : [warning(`The page still has an old write key. ${remedy} before you remove the old key`)]),
  ];
}

/** Finds the violation of the page's policy for this URL. Browsers report whole URLs, without the fragment. */
export function findViolation(violations: readonly Violation[], { href, origin }: URL, directive: string): Violation | undefined {
  return violations.find(
    (one) => one.directive.startsWith(directive) && [href, origin, href.split('?', 1)[0]].includes(one.blocked),
  );
}

function describeFailure({ status, failure }: PixelRequest, at: string, writeKey: string): string | undefined {
  if (status === undefined)
    return `Chromium gets no response from ${at} (${failure ?? 'not within 5 s'}). Fix problems of name and certificate first, then check that the proxy and the gateway run`;
  if (status === 401) return `${at} rejects the write key of the page. Put ${writeKey} into the snippet`;
  if (status >= 500) return `${at} has status ${status}. Check that the gateway runs, and that the proxy forwards to it`;
  if (status !== 200)
    return `${at} has status ${status}. Check that the proxy forwards this path unchanged to the collector, and that it is \`collector.pixelPath\` of the config`;
  return undefined;
}

function diagnoseResponses({ url, pixel }: CollectorResponses): readonly Finding[] {
  if ('problem' in pixel || pixel.status !== 200) {
    const why = 'problem' in pixel ? pixel.problem : pixel.status;
    return [
      warning(
        `Chromium loads the pixel, but this machine cannot load it without a browser (${why}). If bot protection blocks the request, allow the collector's paths: shops' servers send events there, too`,
      ),
    ];
  }
  if (!pixel.hasKey)
    return [
      problem(
        `The response at ${url.host}${url.pathname} is not the pixel with this write key. Check that the proxy forwards the query and uses it in its cache key`,
      ),
    ];
  // The response has `nosniff`, so browsers check only the type.
  if (!isScript(pixel))
    return [
      problem(
        `The pixel has the type ${pixel.type || 'no type'}, which browsers do not run. Configure the proxy to keep the Content-Type`,
      ),
    ];
  return [
    timeFinding(pixel),
    ...(pixel.etag === undefined
      ? [
          warning(
            'The ETag of the pixel is lost on the way, so browsers reload the whole pixel every five minutes. Configure the proxy to keep the ETag',
          ),
        ]
      : []),
  ];
}

/** Returns whether browsers run a response of this type. */
export function isScript({ type }: PixelResponse): boolean {
  return /^\s*(?:text|application)\/javascript\b/i.test(type);
}

function timeFinding({ tookMs }: PixelResponse): Finding {
  const took = `${Math.round(tookMs)} ms`;
  if (tookMs <= slowMs) return ok(`Loads within ${took} and runs on the page`);
  return warning(
    `The pixel takes ${took} to load, and shoppers who leave sooner are not counted. Check the network, the proxy and the machine`,
  );
}
