import { Fragment, type ReactNode } from 'react';
import type { Issue } from '../../../api/client.ts';
import { getFieldError } from './field-errors.ts';
import type { StagedForm } from './use-staged-form.ts';

/** The properties that a form gives to each of its inputs. */
export interface InputProps<V> {
  readonly label: string;
  readonly description: ReactNode;
  readonly placeholder: string;
  readonly withAsterisk: boolean;
  readonly error: string | undefined;
  readonly value: V;
  readonly onChange: (value: V) => void;
}

/** A field with the value `V`, in a form with the values `T`. */
export interface FieldRow<T extends object, V> {
  readonly label: string;
  readonly description?: ReactNode | ((values: T) => string | undefined);
  readonly placeholder?: string;
  readonly isRequired?: boolean;
  /** The field in the issues of the API, if it is not the name in the form. */
  readonly issueField?: string;
  readonly isShown?: (values: T) => boolean;
  /** Renders the input. It is a function, not a component: a table that is built anew must not lose the focus. */
  readonly input: (props: InputProps<V>) => ReactNode;
}

/** The fields of a form, in their order. */
export type FieldTable<T extends object> = { readonly [K in keyof T]?: FieldRow<T, T[K]> };

interface FieldsProps<T extends object> {
  readonly table: FieldTable<T>;
  /** Absent: all fields of the table. */
  readonly names?: readonly (keyof T & string)[];
  readonly form: Pick<StagedForm<T>, 'value' | 'set'>;
  readonly issues: readonly Issue[];
  /** The path of the fields in the request. */
  readonly path?: string;
}

/** The inputs of a form, each with its label, help, and the message of its issue. */
export function Fields<T extends object>({ table, names = listNames(table), form, issues, path }: FieldsProps<T>) {
  return names.map((name) => {
    const row = table[name];
    if (!row || row.isShown?.(form.value) === false) return null;
    const { label, description, placeholder = '', isRequired = false, issueField = name } = row;
    const input = row.input({
      label,
      description: typeof description === 'function' ? description(form.value) : description,
      placeholder,
      withAsterisk: isRequired,
      error: getFieldError(issues, path === undefined ? issueField : `${path}.${issueField}`),
      value: form.value[name],
      onChange: (value) => form.set(name, value),
    });
    return <Fragment key={name}>{input}</Fragment>;
  });
}

function listNames<T extends object>(table: FieldTable<T>): readonly (keyof T & string)[] {
  const names: (keyof T & string)[] = [];
  for (const name in table) names.push(name);
  return names;
}

/** Returns the fields of the API whose issues the table shows. */
export function listIssueFields<T extends object>(table: FieldTable<T>): readonly string[] {
  return listNames(table).map((name) => table[name]?.issueField ?? name);
}
