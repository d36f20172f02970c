import type { Finding } from '../finding.ts';
import { diagnoseCertificate } from './diagnose-certificate.ts';
import { diagnoseRequester } from './diagnose-client-address.ts';
import { diagnoseCookies } from './diagnose-cookies.ts';
import { diagnoseName } from './diagnose-dns.ts';
import { diagnosePage } from './diagnose-page.ts';
import type { LiveEvidence } from './evidence.ts';
import { createFindings } from './finding-factory.ts';

/** What is wrong with the way from a shopper's browser to the gateway, in its order; what is right is said in a line. */
export function diagnoseLive(observed: LiveEvidence): readonly Finding[] {
  return [
    ...diagnoseName(observed),
    ...diagnoseCertificate(observed),
    ...(observed.isSandboxed ? [] : [unsandboxed]),
    ...diagnosePage(observed),
    ...diagnoseCookies(observed),
    ...diagnoseRequester(observed),
    createFindings('asked').ok(`The page had Chromium ask ${listed(observed.visit.hosts)}`),
  ];
}

const unsandboxed = createFindings('browser').warning(
  'Chromium ran without its sandbox, which this machine does not let it make. Check only pages that you trust, or check as a user who is not root, outside a container',
);
const shown = 12;

function listed(hosts: readonly string[]): string {
  const rest = hosts.length - shown;
  return `${hosts.slice(0, shown).join(', ') || 'nobody'}${rest > 0 ? ` and ${rest} more hosts` : ''}`;
}
