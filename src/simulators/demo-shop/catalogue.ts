import { type Product, products } from './products.ts';

/** A kind of clock, with a page of its own. */
export interface Category {
  readonly slug: string;
  readonly name: string;
  readonly summary: string;
}

/** What everything is priced in. */
export const currency = 'USD';

export const categories: readonly Category[] = [
  { slug: 'wall', name: 'Wall clocks', summary: 'Quiet movements and faces that read from across the room.' },
  { slug: 'mantel', name: 'Mantel clocks', summary: 'For a shelf, a desk or the place above the fire.' },
  { slug: 'alarm', name: 'Alarm clocks', summary: 'To wake to, with no screen beside the bed.' },
  { slug: 'longcase', name: 'Longcase clocks', summary: 'Tall clocks with a pendulum, made to stay in the family.' },
];

const productsById: ReadonlyMap<string, Product> = new Map(products.map((product) => [product.id, product]));

export function productById(id: string): Product | undefined {
  return productsById.get(id);
}

export function categoryBySlug(slug: string): Category | undefined {
  return categories.find((category) => category.slug === slug);
}

export function productsIn({ slug }: Category): readonly Product[] {
  return products.filter(({ category }) => category === slug);
}

/** Clocks whose name, maker, kind or description holds every word of the term. */
export function search(term: string): readonly Product[] {
  const words = term.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return products.filter((product) => {
    const kind = categoryBySlug(product.category)?.name ?? '';
    const text = `${product.name} ${product.brand} ${kind} ${product.sku} ${product.description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Such as $1,640.00. */
export function price(cents: number): string {
  return money.format(cents / 100);
}

const money = new Intl.NumberFormat('en-US', { style: 'currency', currency });
