import { type Product, products } from './products.ts';

/** A category of clocks, with its own page. */
export interface Category {
  readonly slug: string;
  readonly name: string;
  readonly summary: string;
}

/** The currency of all prices. */
export const currency = 'USD';

export const categories: readonly Category[] = [
  { slug: 'wall', name: 'Wall clocks', summary: 'Quiet movements and faces that read from across the room.' },
  { slug: 'mantel', name: 'Mantel clocks', summary: 'For a shelf, a desk or the place above the fire.' },
  { slug: 'alarm', name: 'Alarm clocks', summary: 'Wake up without a screen next to the bed.' },
  { slug: 'longcase', name: 'Longcase clocks', summary: 'Tall clocks with a pendulum, made to stay in the family.' },
];

const productsById: ReadonlyMap<string, Product> = new Map(products.map((product) => [product.id, product]));

export function getProduct(id: string): Product | undefined {
  return productsById.get(id);
}

export function getCategory(slug: string): Category | undefined {
  return categories.find((category) => category.slug === slug);
}

export function listProducts({ slug }: Category): readonly Product[] {
  return products.filter(({ category }) => category === slug);
}

/** Returns clocks whose name, maker, category, SKU or description contains every word of the term. */
export function searchProducts(term: string): readonly Product[] {
  const words = term.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return products.filter((product) => {
    const category = getCategory(product.category)?.name ?? '';
    const text = `${product.name} ${product.brand} ${category} ${product.sku} ${product.description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Formats cents, such as $1,640.00. */
export function formatPrice(cents: number): string {
  return money.format(cents / 100);
}

const money = new Intl.NumberFormat('en-US', { style: 'currency', currency });
