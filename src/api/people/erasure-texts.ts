import type { ErasureReport } from './schemas.ts';

/** The sentences about an erasure, for CLI and dashboard. */

export const nothingFound = 'Nothing about this person was found. Check the key, or try another one.';
export const noRecipients = 'No platform has received events of the person, as far as Convey knows.';
export const askRecipients = 'These platforms received events of the person. Ask each platform to erase its data.';

/** Lists the counts of a report with their labels, in the plural. */
export function listErasureCounts({
  events,
  copies,
  signals,
  visitors,
  links,
  deadLetters,
  attempts,
  exports,
}: ErasureReport): readonly (readonly [label: string, count: number])[] {
  return Object.entries({
    events,
    'duplicate reports': copies,
    'messages about a visitor': signals,
    'visitor profiles': visitors,
    'identity links': links,
    'failed events': deadLetters,
    'stored requests': attempts,
    'export files': exports,
  });
}

const endsEarlier =
  'An earlier erasure of this site has not ended: traces of it may remain. Find the same person again and erase: this removes them.';
const notFinished =
  "Traces remain on the disk, because a file could not be rewritten or removed. Check the gateway's log for the reason, then repeat the erasure.";
const rewrittenLater =
  'Convey no longer finds the data. Earlier versions of rows remain in large tables of the database until `rewriteHour`. Do not repeat the erasure.';

/** Returns why an erasure is not finished, and what to do; `undefined` if it is finished. */
export function describeUnfinished({ dryRun, unfinished, awaitsRewrite, spools }: ErasureReport): string | undefined {
  if (!unfinished) return undefined;
  if (dryRun) return endsEarlier;
  if (spools)
    return `Events of the person may wait in the spool of ${spools.join(', ')}. Start the gateway there, or call \`convey spool drain\`. Then repeat the erasure.`;
  return awaitsRewrite ? rewrittenLater : notFinished;
}
