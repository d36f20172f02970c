import { isIP } from 'node:net';
import { visitorCookie } from '../../event/cookies.ts';
import { domainMatches } from '../../event/site.ts';
import type { Finding } from '../finding.ts';
import { registrableDomain } from './diagnose-dns.ts';
import type { LiveEvidence } from './evidence.ts';
import { createFindings } from './finding-factory.ts';

const { ok, warning, problem } = createFindings('cookies');
const askedDays = visitorCookie.maxAgeSeconds / 86_400;
/** A browser counts from when the answer came. */
const slackDays = 1;
const passOn = 'Have the proxy pass Set-Cookie on as it is';

/** Whether the visitor's cookie comes through the proxies as it was set, and for how long a browser keeps it. */
export function diagnoseCookies(observed: LiveEvidence): readonly Finding[] {
  const { collector, visit } = observed;
  if (!collector || 'problem' in collector.event || collector.event.status !== 202) return [];
  const set = collector.event.setCookies.find(isVisitors);
  if (collector.event.namesVisitor && set === undefined) {
    return [
      problem(
        `The gateway sets \`${visitorCookie.name}\`, and no Set-Cookie arrives: something between takes it away. Have the proxy, or the CDN, pass the answers of POST ${new URL('e', collector.url).pathname} on as they are, and cache nothing of them`,
      ),
    ];
  }
  const kept = visit.cookies.find(({ name }) => name === visitorCookie.name);
  const isAgreed = visit.posts.some(({ namesVisitor }) => namesVisitor);
  return [
    ...(set === undefined ? [] : changedFindings(observed, set)),
    ...(isAgreed || kept ? [keptFinding(observed, kept)] : [unaskedFinding(observed)]),
  ];
}

function isVisitors(header: string): boolean {
  return header.startsWith(`${visitorCookie.name}=`);
}

/** What the header says is not what the gateway says. */
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
      `Its life is cut on the way to ${Number.isNaN(age) ? 'the session' : `${Math.round(age / 86_400)} days`}. ${passOn}`,
    !found.has('httponly') && `\`HttpOnly\` is lost on the way, so any script of the page reads it. ${passOn}`,
    !found.has('secure') &&
      page.url.protocol === 'https:' &&
      `It is set without \`Secure\` though the page is https. ${passOn}, and tell \`X-Forwarded-Proto\``,
    isCovered &&
      !found.has('domain') &&
      host !== page.name.host &&
      `It is of ${host} alone, so the shop's own server does not see it. Have the proxy pass the \`Host\` that the browser asked for, or tell it as \`X-Forwarded-Host\` and list the proxy in \`collector.trustedProxies\``,
  ];
  return changed.flatMap((says) => (says === false ? [] : [warning(says)]));
}

function keptFinding({ page, collector }: LiveEvidence, kept: LiveEvidence['visit']['cookies'][number] | undefined): Finding {
  const host = collector?.name.host ?? '';
  if (!kept) {
    const why =
      registrableDomain(host) === registrableDomain(page.name.host)
        ? `Its \`Domain\` or its \`Secure\` does not fit the address. ${passOn}`
        : `${host} is of another site than the page. Serve the collector at a subdomain of ${registrableDomain(page.name.host)}, or under a path of ${page.name.host}`;
    return problem(`Chromium keeps no \`${visitorCookie.name}\`, so every page view is a new visitor's. ${why}`);
  }
  const days = Math.round(kept.lifeDays);
  const shape = [
    kept.domain.startsWith('.') ? `for ${kept.domain.slice(1)} and what is below it` : `for ${kept.domain} alone`,
    ...(kept.httpOnly ? ['HttpOnly'] : []),
    ...(kept.secure ? ['Secure'] : []),
    `SameSite=${kept.sameSite}`,
  ].join(', ');
  if (kept.lifeDays < askedDays - slackDays) {
    const life = kept.lifeDays < 0 ? 'until it ends' : `for ${days} days`;
    return warning(`Chromium keeps \`${visitorCookie.name}\` ${life} in place of ${askedDays} days (${shape}). ${passOn}`);
  }
  return ok(`Chromium keeps \`${visitorCookie.name}\` for ${days} days, ${shape}`);
}

function unaskedFinding({ consent }: LiveEvidence): Finding {
  if (consent === 'denied') return ok('None is kept, since the shopper declined');
  return ok('None is kept, since nobody agreed yet. Check again with --consent granted to see how long one lives');
}
