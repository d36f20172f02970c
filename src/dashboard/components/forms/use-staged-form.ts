import { useState } from 'react';

/** The values of a form and its unsaved changes. */
export interface StagedForm<T extends object> {
  /** The saved values with the changes applied. */
  readonly value: T;
  /** Names of the fields that differ from the saved values. */
  readonly changed: readonly (keyof T & string)[];
  /** Number of changes: a field with several inputs has one for each that differs. */
  readonly changes: number;
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
    changes: countChanges(saved, edits),
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

/**
 * Returns how many inputs differ from the saved values. A list of texts is one input. A record, and a list of records, has the inputs of its
 * members, and one for each member that was added or removed.
 */
export function countChanges<T extends object>(saved: T, edits: Partial<T>): number {
  return findChangedFields(saved, edits).reduce((sum, name) => sum + countInputs(saved[name], edits[name]), 0);
}

function countInputs(saved: unknown, edited: unknown): number {
  if (JSON.stringify(saved) === JSON.stringify(edited)) return 0;
  if (!isGroup(saved) || !isGroup(edited)) return 1;
  const [before, after] = [new Map(Object.entries(saved)), new Map(Object.entries(edited))];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  // A member may only have moved.
  return Math.max(
    1,
    names.reduce((sum, name) => sum + countInputs(before.get(name), after.get(name)), 0),
  );
}

/** Returns whether the value has inputs of its own: a record, or a list of records. */
function isGroup(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return !Array.isArray(value) || (value.length > 0 && value.every((item) => typeof item === 'object'));
}
