import { InvalidArgumentError } from 'commander';

/** The option of reports that cover a number of days. */
export const daysOption = ['--days <count>', 'number of days up to today, 1 to 400', readDays, 28] as const;

function readDays(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 400) throw new InvalidArgumentError('Use a number from 1 to 400.');
  return count;
}
