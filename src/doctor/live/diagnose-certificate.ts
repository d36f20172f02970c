import { formatCount } from '../../event/format-numbers.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import type { Finding } from '../finding.ts';
import type { CollectorAnswers, LiveEvidence } from './evidence.ts';
import { createFindings } from './finding-factory.ts';
import { isLocalName } from './local-host.ts';
import type { NoResponse } from './probe-collector.ts';
import type { Certificate } from './read-certificate.ts';

const warnDays = 14;
const { ok, warning, problem } = createFindings('certificate');

/** Whether browsers trust page and collector, and for how long. The page's own is told of only where something is wrong. */
export function diagnoseCertificate({ now, page, collector }: LiveEvidence): readonly Finding[] {
  const ofPage = page.certificate ? [certificateFinding(page.url.hostname, page.certificate, now)] : [];
  return [
    ...ofPage.filter(({ level }) => level !== 'ok' && collector?.url.host !== page.url.host),
    ...(collector ? [...collectorFinding(collector, now), ...plainFinding(collector)] : []),
  ];
}

function collectorFinding({ url: { hostname, protocol }, certificate }: CollectorAnswers, now: UnixMs): readonly Finding[] {
  if (certificate) return [certificateFinding(hostname, certificate, now)];
  if (protocol === 'https:' || isLocalName(hostname)) return [];
  return [
    problem(
      `${hostname} is asked over plain http, so anybody on the way reads and changes what shoppers send. Put a proxy with a certificate before it, such as Caddy, and name https in the snippet`,
    ),
  ];
}

function certificateFinding(hostname: string, certificate: Certificate | NoResponse, now: UnixMs): Finding {
  if ('problem' in certificate)
    return problem(
      `${hostname} shakes no hands over TLS (${certificate.problem}). See that the proxy listens there, and that its firewall lets https through`,
    );
  const { refusal, names, validTo } = certificate;
  const until = new Date(validTo).toISOString().slice(0, 10);
  const days = Math.floor((validTo - now) / dayMs);
  if (refusal !== undefined) return problem(`${hostname}: ${refusalText(refusal, names, until)}`);
  if (days >= warnDays) return ok(`${hostname}: trusted, valid until ${until}`);
  return warning(`${hostname}: valid until ${until}, ${formatCount(days, 'day')} from now. See that whatever renews it runs`);
}

function refusalText(code: string, names: string, until: string): string {
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate is for other names (${names || 'none'}). Have one issued for this name`;
    case 'CERT_HAS_EXPIRED':
      return `the certificate ended on ${until}. Renew it, and see that whatever renews it runs`;
    case 'CERT_NOT_YET_VALID':
      return 'the certificate begins later than now. See that the clock of this machine is right';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `the certificate comes without the one of its issuer, or of an authority that nobody knows (${code}). Have the proxy send the full chain. For an authority of your own set NODE_EXTRA_CA_CERTS`;
    default:
      return `the certificate is not trusted (${code}). Have one issued by a public authority, such as Let's Encrypt. For an authority of your own set NODE_EXTRA_CA_CERTS`;
  }
}

function plainFinding({ url, plainly }: CollectorAnswers): readonly Finding[] {
  if (plainly === undefined || 'problem' in plainly) return [];
  const { status, location } = plainly;
  if (status >= 400) return [];
  const target = location === undefined ? null : URL.parse(location, url.href);
  if (status >= 300 && target?.protocol === 'https:') return [ok(`${url.hostname}: plain http leads to https`)];
  return [warning(`${url.hostname} also answers over plain http (${status}). Have the proxy lead it to https`)];
}
