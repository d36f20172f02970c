/**
 * The currencies that TikTok lists. The list grows, and another code is refused or not counted (an assumption).
 * @source https://ads.tiktok.com/help/article/supported-currencies (2025-05-01)
 */
const codes =
  'AED ARS AUD BDT BHD BIF BOB BRL CAD CHF CLP CNY COP CRC CZK DKK DZD EGP EUR GBP GTQ HKD HNL HUF IDR ILS INR ISK JPY KES KHR KRW KWD KZT MAD MOP MXN MYR NGN NIO NOK NZD OMR PEN PHP PKR PLN PYG QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD VES VND ZAR';

const currencies = new Set(codes.split(' '));

/** Returns whether TikTok lists the currency. */
export function isSupportedCurrency(code: string): boolean {
  return currencies.has(code);
}
