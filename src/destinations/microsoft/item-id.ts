import type { Item } from '../../event/event.ts';

const partNames = ['id', 'sku', 'productId', 'variantId'] as const;

/** A part of an item that a template may contain. */
export type ItemPart = (typeof partNames)[number];

function isItemPart(text: string): text is ItemPart {
  return partNames.some((name) => name === text);
}

/** Returns whether the template has at least one part, and every brace encloses a known part. */
export function isItemIdTemplate(template: string): boolean {
  const asked = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
  return asked.length > 0 && asked.every(isItemPart) && !/[{}]/.test(template.replace(/\{[^{}]*\}/g, ''));
}

/**
 * Returns the item's id in the Merchant Center feed. If the item lacks a part of the template, its own `id` is used; `missing`
 * lists these parts.
 */
export function formatItemId(
  item: Item,
  template: string,
): { readonly id: string | undefined; readonly missing: readonly ItemPart[] } {
  const missing: ItemPart[] = [];
  const id = template.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const part = isItemPart(name) ? given(item[name]) : undefined;
    if (isItemPart(name) && part === undefined) missing.push(name);
    return part ?? '';
  });
  return { id: missing.length === 0 ? id : given(item.id), missing };
}

/** Returns `undefined` for a blank value and for the texts that scripts write for an unset variable. */
function given(part: string | undefined): string | undefined {
  const text = part?.trim();
  return text === '' || text === 'null' || text === 'undefined' ? undefined : text;
}
