import { ConveyError } from '../../errors.ts';
import { formatCount } from '../../event/format-numbers.ts';
import { getMembers, isBlank } from './build-event.ts';
import type { ImportFile } from './open-file.ts';
import type { RecognizedColumns } from './templates.ts';

/** The most rows of a file. Their index takes 100 MB. */
const maxRows = 2_000_000;

/** The facts of a file that must be known before its first row is sent. */
export interface FileSurvey {
  readonly rows: number;
  /** Rows that state neither consent nor a country by which the policy could decide. */
  readonly withoutConsent: number;
  readonly columns?: RecognizedColumns;
}

/**
 * Reads a whole file once. A date with the day first ends the survey, because other dates of the same form could be read either way.
 * @throws ConveyError
 */
export async function surveyFile(file: ImportFile): Promise<FileSurvey> {
  let columns: RecognizedColumns | undefined;
  let rows = 0;
  let withoutConsent = 0;
  const seen = (found: RecognizedColumns) => {
    columns = found;
  };
  for await (const row of file.rows(seen)) {
    rows += 1;
    if (rows > maxRows)
      throw new ConveyError(`The file has more than ${formatCount(maxRows, 'row')}`, 'Divide it into several files');
    if ('issues' in row) {
      if (row.issues.some(({ code }) => code === 'time-day-first'))
        throw new ConveyError(
          `Line ${row.line} of the file has a date with the day first, so other dates could be read either way`,
          'Write dates as 2026-11-24',
        );
      continue;
    }
    const { consent, user } = row.event;
    if (isBlank(getMembers(consent)?.adStorage) && isBlank(getMembers(user)?.country)) withoutConsent += 1;
  }
  return { rows, withoutConsent, ...(columns && { columns }) };
}
