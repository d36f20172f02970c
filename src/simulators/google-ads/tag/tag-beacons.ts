/**
 * The part of the tag that reports conversions.
 *
 * Assumptions: Google documents the parameters `label`, `value`, `currency_code` and `oid` with its image tag; the others are those that
 * the tag is seen to send. While `ad_storage` is denied, the beacon carries no click and no id.
 *
 * @source https://support.google.com/google-ads/answer/6386790 (2026-11-27)
 */
export const tagBeacons = `
const images = new Set();

function formatItems(items) {
  const listed = Array.isArray(items) ? items.filter(isFields) : [];
  return listed.map(({ id, price, quantity }) => '(' + [id, price, quantity].map((part) => part ?? '').join('*') + ')').join('');
}

function sendConversion({ id, label, name, data }) {
  const state = (use) => (isAllowed(use) ? '1' : '0');
  const hasConsentMode = Object.keys(consent).length > 0;
  const sent = {
    random: String(Math.floor(Math.random() * 1e9)),
    cv: '11',
    fst: String(Date.now()),
    label,
    en: name,
    value: data.value,
    currency_code: data.currency,
    oid: data.transaction_id,
    // Cart data is processed for purchases only.
    ...(name === 'purchase' && { mid: data.aw_merchant_id, item: formatItems(data.items) }),
    url: location.href,
    ref: document.referrer,
    ...(hasConsentMode && { gcs: 'G1' + state('ad_storage') + state('analytics_storage'), ud: state('ad_user_data'), pers: state('ad_personalization') }),
    ...(isAllowed('ad_storage') && readClicks()),
  };
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(sent)) if (value !== undefined && value !== null && value !== '') query.append(key, String(value));
  const image = new Image();
  images.add(image);
  image.onload = image.onerror = () => images.delete(image);
  image.src = origin + '/pagead/conversion/' + id + '/?' + query;
}
`;
