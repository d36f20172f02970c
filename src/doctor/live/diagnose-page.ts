import type { Finding } from '../finding.ts';
import { diagnoseEvents } from './diagnose-events.ts';
import { diagnosePixel } from './diagnose-pixel.ts';
import type { LiveEvidence } from './evidence.ts';
import { createFindings } from './finding-factory.ts';

const { ok, problem } = createFindings('page');

/** What a shopper's browser made of the page: whether it opened, and whether the pixel came, ran and told. */
export function diagnosePage(observed: LiveEvidence): readonly Finding[] {
  const { status = 200, problem: why, url, complaints } = observed.visit;
  if (why !== undefined) return [problem(`Chromium cannot open it (${why}). See that it opens in a browser on this machine`)];
  if (status >= 400)
    return [
      problem(
        `It answers ${status}. Name a page that shoppers see; where a guard against bots answers, let this machine's address through`,
      ),
    ];
  const [complaint] = complaints;
  return [
    ok(url === observed.page.url.href ? 'Opened in Chromium' : `Opened in Chromium; it leads to ${url}`),
    ...diagnosePixel(observed),
    ...diagnoseEvents(observed),
    ...(complaint === undefined ? [] : [createFindings('console').warning(`The browser complains of the pixel: ${complaint}`)]),
  ];
}
