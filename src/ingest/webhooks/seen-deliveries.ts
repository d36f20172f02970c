/** Beyond these the oldest are forgotten: the events that they told of are known by their own ids all the same. */
const most = 10_000;

/** Deliveries of webhooks that were taken, by the id that the shop gave them: it sends one again when it did not hear the answer. */
export function createSeenDeliveries() {
  const seen = new Set<string>();
  return {
    has: (delivery: string) => seen.has(delivery),
    add(delivery: string): void {
      seen.add(delivery);
      if (seen.size <= most) return;
      const [oldest] = seen;
      if (oldest !== undefined) seen.delete(oldest);
    },
  };
}
