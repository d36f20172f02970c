import type { EnrichedEvent } from '../../event/event.ts';

/** Returns variants of an event as a hostile browser may report them, as far as they pass validation. */
export function createHostileEvents(event: EnrichedEvent): readonly EnrichedEvent[] {
  const texts = [
    '\ud800',
    '\u0000\u2028',
    '<script>alert(1)</script>',
    '__proto__',
    'constructor',
    '9'.repeat(2_000),
    '😀'.repeat(1_000),
  ];
  const numbers = [Number.NaN, Number.POSITIVE_INFINITY, -1, -0, 0, 1e308, 5e-324, 0.1 + 0.2, Number.MAX_SAFE_INTEGER + 2];
  const longList = Array.from({ length: 300 }, (_, index) => ({
    id: `sku-${index}`,
    price: 1e9,
    quantity: 1e9,
    name: 'x'.repeat(200),
  }));
  return [
    ...texts.flatMap((text) => [
      { ...event, id: text },
      { ...event, name: text },
      { ...event, page: { ...event.page, url: text, title: text, referrer: text } },
      { ...event, page: { ...event.page, url: `https://shop.example/${text}` } },
      { ...event, client: { ...event.client, userAgent: text } },
      { ...event, commerce: { ...event.commerce, orderId: text, currency: text, items: [{ id: text, name: text }] } },
      { ...event, properties: Object.fromEntries([[text, text]]) },
    ]),
    ...numbers.flatMap((number) => [
      { ...event, commerce: { ...event.commerce, value: number, items: [{ id: 'a', price: number, quantity: number }] } },
      { ...event, goal: { ...event.goal, value: number } },
    ]),
    { ...event, commerce: { ...event.commerce, items: longList } },
    { ...event, commerce: { ...event.commerce, items: [] } },
    { ...event, properties: JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') },
  ];
}
