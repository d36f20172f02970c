import { jitsuAnalytics } from '@jitsu/js';

globalThis.run = async ({ url, key, order }) => {
  const analytics = jitsuAnalytics({ host: url, writeKey: `${key}:x` });
  await analytics.track('Order Completed', order);
};
