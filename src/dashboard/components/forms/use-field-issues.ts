import { useState } from 'react';
import type { Issue } from '../../../api/client.ts';
import { getFieldIssues, listUncorrected } from './field-errors.ts';

/** Returns the issues of the last attempt to send a form, without those of fields that the user changed since. */
export function useFieldIssues(error: unknown, values: unknown): readonly Issue[] {
  const [attempt, setAttempt] = useState({ error, values });
  if (attempt.error !== error) setAttempt({ error, values });
  return listUncorrected(getFieldIssues(error), attempt.error === error ? attempt.values : values, values);
}
