import { useState } from 'react';

/** The values of a form and its unsaved changes. */
export interface StagedForm<T extends object> {
  /** The saved values with the changes applied. */
  readonly value: T;
  /** Names of the fields that differ from the saved values. */
  readonly changed: readonly (keyof T & string)[];
  /** Revision of the saved values at the time of the first change. */
  readonly revision: string;
  set<K extends keyof T>(name: K, value: T[K]): void;
  discard(): void;
  /** Applies the changes to the current saved values. */
  rebase(): void;
}

/** Keeps the changes of a form until they are saved. Unchanged fields follow the saved values. `begun` has changes made before. */
export function useStagedForm<T extends object>(saved: T, revision = '', begun: Partial<T> = {}): StagedForm<T> {
  const [edits, setEdits] = useState<Partial<T>>(begun);
  const [readAs, setReadAs] = useState<string>();
  return {
    value: { ...saved, ...edits },
    changed: findChangedFields(saved, edits),
    revision: readAs ?? revision,
    set: (name, value) => {
      setReadAs((before) => before ?? revision);
      setEdits((before) => ({ ...before, [name]: value }));
    },
    discard: () => {
      setReadAs(undefined);
      setEdits({});
    },
    rebase: () => setReadAs(undefined),
  };
}

/** Returns the fields that differ from the saved values. */
export function findChangedFields<T extends object>(saved: T, edits: Partial<T>): readonly (keyof T & string)[] {
  const names: (keyof T & string)[] = [];
  for (const name in edits) if (JSON.stringify(edits[name]) !== JSON.stringify(saved[name])) names.push(name);
  return names;
}
