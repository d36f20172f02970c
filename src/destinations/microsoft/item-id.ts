import type { Item } from '../../event/event.ts';

const partNames = ['id', 'sku', 'productId', 'variantId'] as const;

/** What a template may ask of an item. */
export type ItemPart = (typeof partNames)[number];

function isItemPart(text: string): text is ItemPart {
  return partNames.some((name) => name === text);
}

/** Whether every brace of the template encloses a part that an item can have, and there is one. */
export function isItemIdTemplate(template: string): boolean {
  const asked = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
  return asked.length > 0 && asked.every(isItemPart) && !/[{}]/.test(template.replace(/\{[^{}]*\}/g, ''));
}

/**
 * The id under which the catalogue knows the item. Where a part is absent, so is what the template would make of it, and the
 * item's own `id` stands in its place; `missing` names the parts.
 */
export function itemIdOf(
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

/** Blanks, and what scripts write from a variable without a value, name no item. */
function given(part: string | undefined): string | undefined {
  const text = part?.trim();
  return text === '' || text === 'null' || text === 'undefined' ? undefined : text;
}
