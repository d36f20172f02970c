import { formatCount } from '../../event/format-numbers.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import type { Finding } from '../finding.ts';
import { createFindings } from './create-findings.ts';
import type { CollectorResponses, LiveEvidence } from './evidence.ts';
import { isLocalName } from './local-host.ts';
import type { NoResponse } from './probe-collector.ts';
import type { Certificate } from './read-certificate.ts';

const warnDays = 14;
const { ok, warning, problem } = createFindings('certificate');

/** Checks whether browsers trust the certificates of page and collector, and for how long. Reports the page's certificate only if it has a problem. */
export function diagnoseCertificate({ now, page, collector }: LiveEvidence): readonly Finding[] {
  const ofPage = page.certificate ? [certificateFinding(page.url.hostname, page.certificate, now)] : [];
  return [
    ...ofPage.filter(({ level }) => level !== 'ok' && collector?.url.host !== page.url.host),
    ...(collector ? [...collectorFinding(collector, now), ...plainFinding(collector)] : []),
  ];
}

function collectorFinding({ url: { hostname, protocol }, certificate }: CollectorResponses, now: UnixMs): readonly Finding[] {
  if (certificate) return [certificateFinding(hostname, certificate, now)];
  if (protocol === 'https:' || isLocalName(hostname)) return [];
  return [
    problem(
      `The page contacts ${hostname} over plain http, so others on the network can read and change shoppers' data. Use a proxy with a certificate, such as Caddy, and https in the snippet`,
    ),
  ];
}

function certificateFinding(hostname: string, certificate: Certificate | NoResponse, now: UnixMs): Finding {
  if ('problem' in certificate)
    return problem(
      `TLS handshake with ${hostname} failed (${certificate.problem}). Check that the proxy is listening, and that its firewall allows https`,
    );
  const { refusal, names, validTo } = certificate;
  const until = new Date(validTo).toISOString().slice(0, 10);
  const days = Math.floor((validTo - now) / dayMs);
  if (refusal !== undefined) return problem(`${hostname}: ${describeRefusal(refusal, names, until)}`);
  if (days >= warnDays) return ok(`${hostname}: trusted, valid until ${until}`);
  return warning(`${hostname}: valid until ${until}, ${formatCount(days, 'day')} from now. Check that its renewal runs`);
}

function describeRefusal(code: string, names: string, until: string): string {
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate is for other names (${names || 'none'}). Get a certificate for this name`;
    case 'CERT_HAS_EXPIRED':
      return `the certificate expired on ${until}. Renew it, and check that its renewal runs`;
    case 'CERT_NOT_YET_VALID':
      return 'the certificate is not valid yet. Check the clock of this machine';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `the certificate of the issuer is missing or unknown (${code}). Configure the proxy to send the full chain. For your own authority, set NODE_EXTRA_CA_CERTS`;
    default:
      return `the certificate is not trusted (${code}). Get a certificate from a public authority, such as Let's Encrypt. For your own authority, set NODE_EXTRA_CA_CERTS`;
  }
}

function plainFinding({ url, plainly }: CollectorResponses): readonly Finding[] {
  if (plainly === undefined || 'problem' in plainly) return [];
  const { status, location } = plainly;
  if (status >= 400) return [];
  const target = location === undefined ? null : URL.parse(location, url.href);
  if (status >= 300 && target?.protocol === 'https:') return [ok(`${url.hostname}: plain http redirects to https`)];
  return [warning(`${url.hostname} also responds over plain http (${status}). Configure the proxy to redirect to https`)];
}
