import type { EnrichedEvent } from '../event/event.ts';
import { type Field, type FieldType, findField, namedFields } from './fields.ts';

/** A field of conditions, with its most frequent values among some events. */
export interface FieldSuggestion extends Pick<Field, 'label'> {
  readonly path: string;
  readonly type: FieldType;
  readonly isWritable: boolean;
  readonly values: readonly { readonly value: string; readonly events: number }[];
}

const maxValues = 20;
const maxProperties = 50;
const longestValue = 100;

/** Returns the fields of conditions with values of these events. Facts, addresses of pages and values of one order have none. */
export function suggestFields(events: readonly EnrichedEvent[]): readonly FieldSuggestion[] {
  const properties = countAll(events.map(({ properties: own }) => Object.keys(own).filter((name) => !name.includes('.'))));
  const paths = properties.slice(0, maxProperties).map(({ value }) => `properties.${value}`);
  const clickIds = countAll(events.map(({ identity }) => Object.keys(identity.clickIds))).map(({ value }) => `clickIds.${value}`);
  const others = [...clickIds, ...paths.toSorted()].flatMap((path) => {
    const field = findField(path);
    return field ? [{ path, ...field }] : [];
  });
  return [...namedFields, ...others].map(({ path, label, type, access, isUnique, read }) => {
    const isHidden = type === 'fact' || isUnique || path === 'page.url' || path === 'page.referrer';
    const values = isHidden ? [] : countAll(events.map((event) => toTexts(read(event)))).slice(0, maxValues);
    return { path, label, type, isWritable: access === 'write', values };
  });
}

function toTexts(value: ReturnType<Field['read']>): readonly string[] {
  const all = value === undefined ? [] : typeof value === 'object' ? value : [String(value)];
  return all.filter((text) => text !== '' && text.length <= longestValue && !text.includes('@'));
}

/** Counts the values by the lists in which they occur, the most frequent first. */
function countAll(lists: readonly (readonly string[])[]): readonly { readonly value: string; readonly events: number }[] {
  const counts = new Map<string, number>();
  for (const list of lists) for (const value of new Set(list)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, events]) => ({ value, events }))
    .sort((a, b) => b.events - a.events || (a.value < b.value ? -1 : 1));
}
