import { currency, productById } from './catalogue.ts';
import type { Product } from './products.ts';

/** One clock in the cart. */
export interface Line {
  readonly product: Product;
  /** 1 to `maxQuantity`. */
  readonly quantity: number;
}

/** Of one clock. */
export const maxQuantity = 10;

/**
 * The cart lives in a cookie of the shopper's, `product.quantity` joined by `~`. Whatever is not a clock of ours is left out.
 */
export function parseCart(text: string | undefined): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const part of (text ?? '').split('~')) {
    const [id = '', count = ''] = part.split('.');
    const product = productById(id);
    const quantity = /^[1-9]\d?$/.test(count) ? Number(count) : 0;
    if (product !== undefined && quantity >= 1 && quantity <= maxQuantity) lines.set(id, { product, quantity });
  }
  return [...lines.values()];
}

/** An order that this browser placed: its id and what was in the cart, in a cookie too. Nothing in it is personal. */
export interface Order {
  readonly orderId: string;
  readonly lines: readonly Line[];
}

export function readOrder(text: string | undefined): Order | undefined {
  const [orderId = '', cart] = (text ?? '').split('*');
  const lines = parseCart(cart);
  return /^M-[0-9A-Z]{6,20}$/.test(orderId) && lines.length > 0 ? { orderId, lines } : undefined;
}

export function itemCount(lines: readonly Line[]): number {
  return lines.reduce((count, { quantity }) => count + quantity, 0);
}

export function totalCents(lines: readonly Line[]): number {
  return lines.reduce((cents, { product, quantity }) => cents + product.priceCents * quantity, 0);
}

/** A clock as the pixel takes it. */
export function item({ product, quantity }: Line) {
  const { id, name, priceCents, brand, category } = product;
  return { id, name, price: priceCents / 100, quantity, brand, category };
}

/** What the pixel is told of a cart, an order or a clock that is looked at. */
export function commerce(lines: readonly Line[]) {
  return { value: totalCents(lines) / 100, currency, items: lines.map(item) };
}
