import type { Finding } from '../finding.ts';
import { createFindings } from './create-findings.ts';
import { diagnoseEvents } from './diagnose-events.ts';
import { diagnosePixel } from './diagnose-pixel.ts';
import type { LiveEvidence } from './evidence.ts';

const { ok, problem } = createFindings('page');

/** Checks in a browser whether the page opens, and whether the pixel loads, runs and reports. */
export function diagnosePage(observed: LiveEvidence): readonly Finding[] {
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
