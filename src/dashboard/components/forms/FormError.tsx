import { ErrorAlert } from '../feedback/ErrorStates.tsx';
import { areAllShown, getFieldIssues } from './field-errors.ts';

interface FormErrorProps {
  readonly error: Error | null;
  /** The fields of the API that show their issues themselves. */
  readonly fields: readonly string[];
}

/** The error of a form that no field shows. */
export function FormError({ error, fields }: FormErrorProps) {
  return error && !areAllShown(getFieldIssues(error), fields) && <ErrorAlert error={error} />;
}
