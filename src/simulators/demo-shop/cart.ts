import { currency, getProduct } from './catalogue.ts';
import type { Product } from './products.ts';

/** One clock in the cart. */
export interface Line {
  readonly product: Product;
  /** 1 to `maxQuantity`. */
  readonly quantity: number;
}

/** The maximum quantity of one clock. */
export const maxQuantity = 10;

/** Parses the cart cookie: `product.quantity` joined by `~`. Ignores unknown clocks. */
export function parseCart(text: string | undefined): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const part of (text ?? '').split('~')) {
    const [id = '', count = ''] = part.split('.');
    const product = getProduct(id);
    const quantity = /^[1-9]\d?$/.test(count) ? Number(count) : 0;
    if (product !== undefined && quantity >= 1 && quantity <= maxQuantity) lines.set(id, { product, quantity });
  }
  return [...lines.values()];
}

/** An order of this browser: its id and the cart, stored in a cookie. It has no personal data. */
export interface Order {
  readonly orderId: string;
  readonly lines: readonly Line[];
}

export function parseOrder(text: string | undefined): Order | undefined {
  const [orderId = '', cart] = (text ?? '').split('*');
  const lines = parseCart(cart);
  return /^[1-9]\d{5,14}$/.test(orderId) && lines.length > 0 ? { orderId, lines } : undefined;
}

export function countItems(lines: readonly Line[]): number {
  return lines.reduce((count, { quantity }) => count + quantity, 0);
}

export function sumCents(lines: readonly Line[]): number {
  return lines.reduce((cents, { product, quantity }) => cents + product.priceCents * quantity, 0);
}

/** Converts a clock to an item of the pixel. */
export function toItem({ product, quantity }: Line) {
  const { id, name, priceCents, brand, category } = product;
  return { id, name, price: priceCents / 100, quantity, brand, category };
}

/** Returns the commerce fields of a cart, an order or a viewed clock for the pixel. */
export function toCommerce(lines: readonly Line[]) {
  return { value: sumCents(lines) / 100, currency, items: lines.map(toItem) };
}
