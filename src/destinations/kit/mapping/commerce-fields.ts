import type { Commerce, Item } from '../../../event/event.ts';
import { type IssueReporter, limitCount, type ReportIssue, requirePattern } from './field-limits.ts';
import type { TextForm } from './text-forms.ts';

/** Returns the currency in capitals. @param form the platform's form of a currency */
export function readCurrency({ currency }: Commerce, form: TextForm, reporterFor: IssueReporter): string | undefined {
  return requirePattern(
    currency?.toUpperCase(),
    form,
    reporterFor('commerce.currency', 'currency'),
    'currency-invalid',
    'it must be a three-letter ISO 4217 code. Send one, such as USD.',
  );
}

/** Reports a value that is not sent, because it has no currency. */
export function reportMissingCurrency(report: ReportIssue): void {
  report(
    'value-without-currency',
    "is not sent: it needs a currency. Send `commerce.currency`, or set the site's `defaultCurrency`.",
  );
}

/** Returns the number of pieces, including those of items without an id. An item without a quantity is one piece. */
export function countPieces(items: readonly Item[]): number | undefined {
  const pieces = items.reduce((sum, { quantity }) => sum + (limitCount(quantity, () => undefined) ?? 1), 0);
  return items.length === 0 ? undefined : limitCount(pieces, () => undefined);
}
