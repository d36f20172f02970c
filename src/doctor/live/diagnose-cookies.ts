import { isIP } from 'node:net';
import { visitorCookie } from '../../event/cookies.ts';
import { domainMatches } from '../../event/site.ts';
import type { Finding } from '../finding.ts';
import { registrableDomain } from '../gateway-address.ts';
import { createFindings } from './create-findings.ts';
import type { LiveEvidence } from './evidence.ts';

const { ok, warning, problem } = createFindings('cookies');
const askedDays = visitorCookie.maxAgeSeconds / 86_400;
/** Browsers count a cookie's life from the arrival of the response. */
const slackDays = 1;
const passOn = 'Configure the proxy to forward Set-Cookie unchanged';

/** Checks whether the visitor cookie passes the proxies unchanged, and how long a browser keeps it. */
export function diagnoseCookies(observed: LiveEvidence): readonly Finding[] {
  const { collector, visit } = observed;
  if (!collector || 'problem' in collector.event || collector.event.status !== 202) return [];
  const set = collector.event.setCookies.find((header) => header.startsWith(`${visitorCookie.name}=`));
  if (collector.event.namesVisitor && set === undefined) {
    return [
      problem(
        `The gateway sets \`${visitorCookie.name}\`, but no Set-Cookie arrives: a proxy or CDN removes it. Configure it to forward the responses of POST ${new URL('e', collector.url).pathname} unchanged and uncached`,
      ),
    ];
  }
  const cookie = visit.cookies.find(({ name }) => name === visitorCookie.name);
  const isAgreed = visit.posts.some(({ namesVisitor }) => namesVisitor);
  return [
    ...(set === undefined ? [] : changedFindings(observed, set)),
    ...(isAgreed || cookie ? [diagnoseStoredCookie(observed, cookie)] : [diagnoseUnansweredConsent(observed)]),
  ];
}

/** Reports the attributes of the cookie that a proxy changed. */
function changedFindings({ page, collector, site }: LiveEvidence, header: string): readonly Finding[] {
  const found = new Map(
    header
      .split(';')
      .slice(1)
      .map((part) => {
        const [name = '', value = ''] = part.split('=');
        return [name.trim().toLowerCase(), value.trim()] as const;
      }),
  );
  const age = Number(found.get('max-age') ?? Number.NaN);
  const host = collector?.name.host ?? '';
  const isCovered = domainMatches(
    site.domains.filter((domain) => domain.includes('.') && isIP(domain) === 0),
    host,
  );
  const changed: (string | false)[] = [
    !(age >= visitorCookie.maxAgeSeconds) &&
      `A proxy shortens its life to ${Number.isNaN(age) ? 'the session' : `${Math.round(age / 86_400)} days`}. ${passOn}`,
    !found.has('httponly') && `\`HttpOnly\` is lost on the way, so any script of the page can read the cookie. ${passOn}`,
    !found.has('secure') &&
      page.url.protocol === 'https:' &&
      `The cookie is set without \`Secure\` although the page is https. ${passOn} and to set \`X-Forwarded-Proto\``,
    isCovered &&
      !found.has('domain') &&
      host !== page.name.host &&
      `The cookie belongs to ${host} only, so the shop's server does not receive it. Configure the proxy to forward \`Host\`, or to set \`X-Forwarded-Host\` and list the proxy in \`collector.trustedProxies\``,
  ];
  return changed.flatMap((says) => (says === false ? [] : [warning(says)]));
}

function diagnoseStoredCookie(
  { page, collector }: LiveEvidence,
  cookie: LiveEvidence['visit']['cookies'][number] | undefined,
): Finding {
  const host = collector?.name.host ?? '';
  if (!cookie) {
    const why =
      registrableDomain(host) === registrableDomain(page.name.host)
        ? `Its \`Domain\` or \`Secure\` does not match the URL. ${passOn}`
        : `${host} is another site than the page. Serve the collector at a subdomain of ${registrableDomain(page.name.host)}, or under a path of ${page.name.host}`;
    return problem(`Chromium keeps no \`${visitorCookie.name}\`, so every page view has a new visitor. ${why}`);
  }
  const days = Math.round(cookie.lifeDays);
  const shape = [
    cookie.domain.startsWith('.') ? `for ${cookie.domain.slice(1)} and its subdomains` : `for ${cookie.domain} only`,
    ...(cookie.httpOnly ? ['HttpOnly'] : []),
    ...(cookie.secure ? ['Secure'] : []),
    `SameSite=${cookie.sameSite}`,
  ].join(', ');
  if (cookie.lifeDays < askedDays - slackDays) {
    const life = cookie.lifeDays < 0 ? 'until the browser closes' : `for ${days} days`;
    return warning(`Chromium keeps \`${visitorCookie.name}\` ${life} instead of ${askedDays} days (${shape}). ${passOn}`);
  }
  return ok(`Chromium keeps \`${visitorCookie.name}\` for ${days} days, ${shape}`);
}

function diagnoseUnansweredConsent({ consent }: LiveEvidence): Finding {
  if (consent === 'denied') return ok('No cookie is kept, because the shopper declined');
  return ok('No cookie is kept before consent. Check again with --consent granted to see how long the cookie lives');
}
