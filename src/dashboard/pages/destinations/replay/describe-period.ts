import type { TotalsView } from '../../../../api/client.ts';
import { formatInteger, pluralize } from '../../../components/display/format.ts';

interface ReplayChoice {
  readonly site: string;
  readonly connection: string;
  /** Whether delivered events are sent again. */
  readonly again: boolean;
}

/** Describes the events of a period that a replay would check. Totals are of whole buckets of 5 minutes, so the numbers are about right. */
export function describePeriod(totals: readonly TotalsView[], { site, connection, again }: ReplayChoice): string {
  const found = totals.find((one) => one.site === site);
  if (!found || found.received === 0) return 'No event was received in this period.';
  const outcomes = found.connections.find((one) => one.connection === connection)?.outcomes ?? {};
  const delivered = outcomes.delivered ?? 0;
  const first = `About ${pluralize(found.received, 'event')} in this period`;
  if (delivered === 0) return `${first}, none of them delivered.`;
  const were = `${formatInteger(delivered)} ${delivered === 1 ? 'is' : 'are'} delivered`;
  return `${first}. ${were} and would ${again ? 'be sent again' : 'not be sent again'}.`;
}
