import { Text } from '@mantine/core';
import { formatMoney } from '../../../components/display/format.ts';
import { formatComparison, getCountTrend } from '../../../components/display/trends.ts';
import type { ResolvedRange } from '../../../data/range.ts';
import type { AmountFigure } from '../summary/money-figures.ts';

interface RevenueValueProps {
  readonly amounts: readonly AmountFigure[];
  readonly range: ResolvedRange;
  readonly moneySince: number | undefined;
}

/** Shows an amount for each currency with its change. Currencies are never added. */
export function RevenueValue({ amounts, range, moneySince }: RevenueValueProps) {
  if (amounts.length === 0) return '–';
  return amounts.map(({ currency, amount, before }, nth) => (
    <Text key={currency} component="div" fz={nth === 0 ? { base: 20, sm: 24 } : 'md'} fw={650} lh={1.4} className="figures">
      {formatMoney(amount, currency).replaceAll('\u00a0', ' ')}
      {before !== undefined && (
        <Text component="div" size="xs" c="dimmed" fw={400}>
          {formatComparison(getCountTrend(amount, before), range, moneySince)}
        </Text>
      )}
    </Text>
  ));
}
