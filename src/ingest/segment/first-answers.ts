/**
 * The answers to what browser SDKs request before they send anything. Without them an SDK sends nothing, or sends the shop's events to its
 * vendor. Each names no destination, so that an SDK loads no script, and switches the vendor's telemetry off.
 */

/**
 * Answers `GET /v1/projects/<writeKey>/settings` of analytics.js. It posts to `apiHost`, which has no scheme.
 * @source recorded requests of `@segment/analytics-next` 1.84.3 (2026-11)
 */
export function createSegmentSettings(
  writeKey: string,
  { host, isSecure }: { readonly host: string; readonly isSecure: boolean },
) {
  return {
    integrations: { 'Segment.io': { apiKey: writeKey, apiHost: `${host}/v1`, protocol: isSecure ? 'https' : 'http' } },
    metrics: { sampleRate: 0 },
  };
}

/**
 * Answers `GET /sourceConfig/` of RudderStack's SDK. It sends nothing unless `id`, `config` and `destinations` are present.
 * @source recorded requests of `@rudderstack/analytics-js` 3.34.1 (2026-11)
 */
export function createRudderSource(writeKey: string) {
  const off = { enabled: false };
  return {
    source: {
      id: 'convey',
      name: 'convey',
      writeKey,
      enabled: true,
      workspaceId: 'convey',
      updatedAt: '2026-11-27T00:00:00Z',
      config: { statsCollection: { errors: off, metrics: off } },
      destinations: [],
    },
  };
}
