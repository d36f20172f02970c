import type { Item } from '../../../event/event.ts';
import type { IssueReporter } from './field-limits.ts';

const partNames = ['id', 'sku', 'productId', 'variantId'] as const;

/** A part of an item that a template may contain. */
type ItemPart = (typeof partNames)[number];

function isItemPart(text: string): text is ItemPart {
  return partNames.some((name) => name === text);
}

/** Returns whether the template has at least one part, and every brace encloses a known part. */
export function isItemIdTemplate(template: string): boolean {
  const asked = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
  return asked.length > 0 && asked.every(isItemPart) && !/[{}]/.test(template.replace(/\{[^{}]*\}/g, ''));
}

/**
 * Returns the item's id in the platform's product feed. If the item lacks a part of the template, its own `id` is used; `missing`
 * lists these parts.
 */
function formatItemId(item: Item, template: string): { readonly id: string | undefined; readonly missing: readonly ItemPart[] } {
  const missing: ItemPart[] = [];
  const id = template.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const part = isItemPart(name) ? given(item[name]) : undefined;
    if (isItemPart(name) && part === undefined) missing.push(name);
    return part ?? '';
  });
  return { id: missing.length === 0 ? id : given(item.id), missing };
}

/**
 * Returns the id of each item, in order. Each part of the template that items lack is reported once, for the first of these items.
 * @param to returns the platform's name of an item's id
 */
export function formatItemIds(
  items: readonly Item[],
  template: string,
  to: (index: number) => string,
  reporterFor: IssueReporter,
): readonly (string | undefined)[] {
  // The usual template. Without its only part, an item has no other id, and nothing is reported.
  if (template === '{id}') return items.map(({ id }) => given(id));
  const firstWithout = new Map<ItemPart, number>();
  const ids = items.map((item, index) => {
    const { id, missing } = formatItemId(item, template);
    for (const part of missing) if (!firstWithout.has(part)) firstWithout.set(part, index);
    return id;
  });
  firstWithout.delete('id');
  for (const [part, index] of firstWithout) {
    reporterFor(`commerce.items[${index}].${part}`, to(index))(
      'item-id-part-missing',
      `is the item's plain \`id\`, if it has one: the setting \`itemId\` also requires \`${part}\`. Send it with every item, or change the setting.`,
    );
  }
  return ids;
}

/** Returns `undefined` for a blank value and for the texts that scripts write for an unset variable. */
function given(part: string | undefined): string | undefined {
  const text = part?.trim();
  return text === '' || text === 'null' || text === 'undefined' ? undefined : text;
}
