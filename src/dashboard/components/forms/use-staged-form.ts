import { useState } from 'react';

/** What a form shows of something that is kept elsewhere: changes stand here until they are saved. */
export interface StagedForm<T extends object> {
  /** As it is saved, with the changes. */
  readonly value: T;
  /** Names of what differs from what is saved. */
  readonly changed: readonly (keyof T & string)[];
  /** Of what was read when the first change was made. */
  readonly revision: string;
  set<K extends keyof T>(name: K, value: T[K]): void;
  discard(): void;
  /** Lets the changes stand over what is saved by now. */
  rebase(): void;
}

/** What is changed elsewhere meanwhile shows where nothing was changed here. */
export function useStagedForm<T extends object>(saved: T, revision = ''): StagedForm<T> {
  const [edits, setEdits] = useState<Partial<T>>({});
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

/** Who changes something back has changed nothing. */
export function findChangedFields<T extends object>(saved: T, edits: Partial<T>): readonly (keyof T & string)[] {
  const names: (keyof T & string)[] = [];
  for (const name in edits) if (JSON.stringify(edits[name]) !== JSON.stringify(saved[name])) names.push(name);
  return names;
}
