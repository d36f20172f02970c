import type { Fields } from '../../../pixel/browser-report.ts';
import { formatItemId, listItems, omitAbsent, toText } from '../../../pixel/tag-values.ts';
import type { DataType, OpenaiTagSettings } from '../tag-settings.ts';

/**
 * Returns an event's data, with the values of the server's report: the two count as one event, and either may be used.
 * @source https://developers.openai.com/ads/measurement-pixel (2026-09-11)
 */
export function buildData(commerce: Fields, type: DataType, { itemId, isLine, currency: usual }: OpenaiTagSettings): Fields {
  const code = `${commerce.currency ?? usual}`.toUpperCase();
  const currency = /^[A-Z]{3}$/.test(code) ? code : undefined;
  const toMoney = (value: unknown, pieces: number): Fields => {
    const amount = currency && toMinorUnits(value, currency, pieces);
    return amount === undefined ? {} : { amount, currency };
  };
  const contents =
    type === 'customer_action'
      ? []
      : listItems(commerce).flatMap((item) => {
          const id = formatItemId(item, itemId);
          const quantity = Math.round(Number(item.quantity)) || 1;
          const money = toMoney(item.price, isLine ? quantity : 1);
          return id ? [{ id, name: toText(item.name), content_type: 'product', quantity, ...money }] : [];
        });
  const isPlan = type === 'plan_enrollment';
  return omitAbsent({
    type,
    ...toMoney(commerce.value, 1),
    contents: contents[0] && !isPlan ? contents : undefined,
    plan_id: isPlan ? contents[0]?.id : undefined,
  });
}

/** Returns an amount in minor units, rounded as the server rounds it. */
function toMinorUnits(value: unknown, currency: string, pieces: number): number | undefined {
  const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  const text = toText(value);
  const amount = text === undefined ? Number.NaN : Math.round(Number(`${Number(text) * pieces}e${maximumFractionDigits}`));
  return amount >= 0 ? amount : undefined;
}
