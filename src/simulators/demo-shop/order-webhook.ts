import { createHmac } from 'node:crypto';
import { products } from './products.ts';

/** The webhook by which the shop reports its orders, as WooCommerce does. */
export interface OrderWebhook {
  readonly url: string;
  /** The key of the signature. */
  readonly secret: string;
}

/** An order as the shop knows it. */
export interface PlacedOrder {
  /** Digits, as WooCommerce numbers its orders. */
  readonly number: string;
  readonly key: string;
  /** UNIX milliseconds. */
  readonly at: number;
  readonly value: number;
  readonly items: readonly {
    readonly id: string;
    readonly name: string;
    readonly price: number;
    readonly quantity: number;
  }[];
  /** The number of the customer's account. Absent: a guest. */
  readonly customer?: number;
  readonly billing: Readonly<Record<string, string | undefined>>;
  readonly ip?: string;
  readonly agent: string | undefined;
  /** The visitor id of the gateway's cookie, `denied`, or an empty text. */
  readonly visitor: string;
  /** Absent: paid by the shopper. An order by phone is refunded. */
  readonly kind?: 'paid' | 'test' | 'by-phone';
}

/** The longest wait for the gateway. */
const patienceMs = 5_000;

/** Sends an order as WooCommerce does. Rejects if the gateway does not accept it. */
export async function sendOrderWebhook({ url, secret }: OrderWebhook, order: PlacedOrder): Promise<void> {
  const body = JSON.stringify(formatOrder(order));
  const signature = createHmac('sha256', secret).update(body).digest('base64');
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-wc-webhook-topic': 'order.created',
      'x-wc-webhook-signature': signature,
    },
    body,
    signal: AbortSignal.timeout(patienceMs),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the webhook was answered with status ${response.status}`);
}

/** @source https://developer.woocommerce.com/docs/apis/rest-api/v3/orders/ (2026-11) */
function formatOrder({
  number,
  key,
  at,
  value,
  items,
  customer = 0,
  billing,
  ip,
  agent,
  visitor,
  kind = 'paid',
}: PlacedOrder): object {
  // WooCommerce writes times in UTC without an offset.
  const time = new Date(at).toISOString().slice(0, 19);
  const total = value.toFixed(2);
  return {
    id: Number(number),
    number,
    order_key: key,
    created_via: kind === 'by-phone' ? 'admin' : 'checkout',
    status: 'processing',
    currency: 'USD',
    date_created_gmt: time,
    date_modified_gmt: time,
    date_paid_gmt: time,
    total,
    total_tax: '0.00',
    shipping_total: '0.00',
    customer_id: customer,
    customer_ip_address: ip,
    customer_user_agent: agent,
    billing,
    line_items: items.map(({ id, ...item }, index) => ({ ...item, id: index + 1, product_id: getProductNumber(id), sku: id })),
    refunds: kind === 'by-phone' ? [{ id: Number(number) + 5_000, total: `-${total}` }] : [],
    meta_data: [{ key: '_convey_visitor', value: visitor }, ...(kind === 'test' ? [{ key: '_wcpay_mode', value: 'test' }] : [])],
  };
}

/** Returns the number of a product, because WooCommerce has numeric ids. */
function getProductNumber(id: string): number {
  return 101 + products.findIndex((product) => product.id === id);
}
