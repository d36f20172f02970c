import type { Finding } from '../finding.ts';
import { createFindings } from './create-findings.ts';
import { diagnoseCertificate } from './diagnose-certificate.ts';
import { diagnoseClientAddress } from './diagnose-client-address.ts';
import { diagnoseCookies } from './diagnose-cookies.ts';
import { diagnoseName } from './diagnose-dns.ts';
import { diagnoseEvents } from './diagnose-events.ts';
import { diagnosePixel } from './diagnose-pixel.ts';
import type { LiveEvidence } from './evidence.ts';

/** Returns the findings about the path from a shopper's browser to the gateway, in the order of the path. */
export function diagnoseLive(observed: LiveEvidence): readonly Finding[] {
  return [
    ...diagnoseName(observed),
    ...diagnoseCertificate(observed),
    ...(observed.isSandboxed ? [] : [unsandboxed]),
    ...diagnosePage(observed),
    ...diagnoseCookies(observed),
    ...diagnoseClientAddress(observed),
    createFindings('asked').ok(`The page sent requests to ${formatHosts(observed.visit.hosts)}`),
  ];
}

const unsandboxed = createFindings('browser').warning(
  'Chromium ran without its sandbox, which this machine does not allow. Check only pages that you trust, or run the check outside a container as a user other than root',
);
const maxHosts = 12;

function formatHosts(hosts: readonly string[]): string {
  const rest = hosts.length - maxHosts;
  return `${hosts.slice(0, maxHosts).join(', ') || 'no host'}${rest > 0 ? ` and ${rest} more hosts` : ''}`;
}

const { ok, problem } = createFindings('page');

/** Checks in a browser whether the page opens, and whether the pixel loads, runs and reports. */
function diagnosePage(observed: LiveEvidence): readonly Finding[] {
  const { status = 200, problem: why, url, complaints } = observed.visit;
  if (why !== undefined)
    return [problem(`Chromium cannot open the page (${why}). Check that the page opens in a browser on this machine`)];
  if (status >= 400)
    return [
      problem(
        `The page has status ${status}. Use a page that shoppers see. If bot protection blocks the request, allow this machine's address`,
      ),
    ];
  const [complaint] = complaints;
  return [
    ok(url === observed.page.url.href ? 'Opened in Chromium' : `Opened in Chromium; redirects to ${url}`),
    ...diagnosePixel(observed),
    ...diagnoseEvents(observed),
    ...(complaint === undefined
      ? []
      : [createFindings('console').warning(`The browser's console has an error about the pixel: ${complaint}`)]),
  ];
}
