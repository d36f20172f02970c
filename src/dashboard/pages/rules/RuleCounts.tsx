import { Text } from '@mantine/core';
import { formatInteger } from '../../components/display/format.ts';
import { nameCountedPeriod } from '../../components/display/trends.ts';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { useConnectionNames } from '../../data/use-destination.ts';
import { useRange } from '../../data/use-range.ts';
import { listRuleCounts } from './rule-counts.ts';

interface RuleCountsProps {
  readonly site: string;
  readonly rule: string;
  /** The connection whose rule it is. Undefined for a rule of the site. */
  readonly connection: string | undefined;
}

/** Shows on how many events of each connection a rule had an effect in the range, with links to them. */
export function RuleCounts({ site, rule, connection }: RuleCountsProps) {
  const names = useConnectionNames();
  const range = useRange();
  const { since, until } = range;
  const { data, isError } = useApiQuery(
    'GET /api/sites/:site/rules/counts',
    { site, since, until },
    { everyMs: 60_000, keepsPrevious: true },
  );
  if (!data)
    return (
      <Text size="sm" c="dimmed">
        {isError ? 'The number of its events could not be loaded.' : 'Counting its events…'}
      </Text>
    );
  const period = nameCountedPeriod(range, data.countedSince);
  const counts = listRuleCounts(data, rule, connection);
  if (counts.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Had no effect {period}.
      </Text>
    );
  return (
    <Text size="sm" className="figures">
      Had an effect {period}:{' '}
      {counts.map((one, index) => (
        <span key={one.connection}>
          {index > 0 && ' · '}
          <RouterAnchor
            to="/sites/$site/events"
            params={{ site }}
            search={{ rule: [rule], connection: one.connection }}
            inherit
            style={{ overflowWrap: 'anywhere' }}
          >
            {formatInteger(one.events)} {one.events === 1 ? 'event' : 'events'} for {names[one.connection] ?? one.connection}
          </RouterAnchor>
        </span>
      ))}
    </Text>
  );
}
