import type { Finding } from '../finding.ts';

/** Creates functions that make findings about one subject. */
export function createFindings(subject: string) {
  const finding =
    (level: Finding['level']) =>
    (says: string): Finding => ({ level, subject, says });
  return { ok: finding('ok'), warning: finding('warning'), problem: finding('problem') };
}
