/** Series by name and labels, with values in the notation of `promtool`: `0+1x60` begins at 0 and rises by 1 for 60 minutes. */
type SeriesValues = Readonly<Record<string, string>>;

/** Series with which an alert fires, or does not, after some time. */
export interface AlertCase {
  readonly name: string;
  readonly alert: string;
  readonly fires: boolean;
  readonly at: string;
  readonly series: SeriesValues;
}

const day = 1_440;
const connection = 'job="convey",instance="a",site="shop",connection="ads"';
const gateway = 'job="convey",instance="a"';

const collector = (minutes: number, requests: number, onTime: number, refused = 0): SeriesValues => ({
  [`convey_acknowledge_seconds_count{${gateway}}`]: `0+${requests}x${minutes}`,
  [`convey_acknowledge_seconds_bucket{${gateway},le="0.25"}`]: `0+${onTime}x${minutes}`,
  [`convey_requests_refused_total{${gateway},reason="not-accepting"}`]: `0+${refused}x${minutes}`,
  [`convey_requests_refused_total{${gateway},reason="not-authorised"}`]: `0+1000x${minutes}`,
});

const platform = (minutes: number, events: number, onTime: number, bound = '300'): SeriesValues => ({
  [`convey_delivery_seconds_count{${gateway},destination="meta"}`]: `0+${events}x${minutes}`,
  [`convey_delivery_seconds_bucket{${gateway},destination="meta",le="${bound}"}`]: `0+${onTime}x${minutes}`,
});

/** A connection that sends nothing: its platform fails, or it is paused. */
const waiting = (minutes: number, isPaused: boolean): SeriesValues => ({
  ...platform(minutes, 0, 0),
  [`convey_connection_info{${connection},destination="meta"}`]: `1x${minutes}`,
  [`convey_connection_waiting_events{${connection}}`]: `0+5x${minutes}`,
  [`convey_connection_breaker_open{${connection}}`]: `1x${minutes}`,
  [`convey_connection_lag_seconds{${connection}}`]: `0+60x${minutes}`,
  [`convey_connection_paused{${connection},cause="operator"}`]: `${Number(isPaused)}x${minutes}`,
  [`convey_connection_enabled{${connection}}`]: `1x${minutes}`,
});

interface Sides {
  readonly at?: string;
  readonly fires: SeriesValues;
  readonly silent: SeriesValues;
}

/** A case of each side, by alert. */
const sides: Readonly<Record<string, Sides>> = {
  ConveyDown: { fires: { [`up{${gateway}}`]: '0x30' }, silent: { [`up{${gateway}}`]: '1x30' } },
  ConveyAllDown: {
    fires: { [`up{${gateway}}`]: '0x30', 'up{job="convey",instance="b"}': '0x30' },
    silent: { [`up{${gateway}}`]: '0x30', 'up{job="convey",instance="b"}': '1x30' },
  },
  ConveyNotReady: { fires: { [`convey_ready{${gateway}}`]: '0x30' }, silent: { [`convey_ready{${gateway}}`]: '1x30' } },
  ConveyBrowsersRefused: {
    fires: { [`convey_ready{${gateway}}`]: '1x30', [`convey_ready_browsers{${gateway}}`]: '0x30' },
    silent: { [`convey_ready{${gateway}}`]: '0x30', [`convey_ready_browsers{${gateway}}`]: '0x30' },
  },
  ConveyDiskLow: {
    fires: { [`convey_disk_free_bytes{${gateway}}`]: '900000000x30' },
    silent: { [`convey_disk_free_bytes{${gateway}}`]: '5000000000x30' },
  },
  ConveySpooling: {
    fires: { [`convey_spool_seconds{${gateway}}`]: '0+60x30' },
    silent: { [`convey_spool_seconds{${gateway}}`]: '90x30' },
  },
  ConveySpoolLost: {
    fires: { [`convey_spool_lost_total{${gateway}}`]: '0x5 3x25' },
    silent: { [`convey_spool_lost_total{${gateway}}`]: '3x30' },
  },
  ConveyDatabaseWentBack: {
    fires: { [`convey_database_went_back_total{${gateway}}`]: '0x5 1x25' },
    silent: { [`convey_database_went_back_total{${gateway}}`]: '1x30' },
  },
  ConveyNobodyDelivers: {
    fires: { [`convey_nodes{${gateway},role="deliver"}`]: '0x30' },
    silent: {
      [`convey_nodes{${gateway},role="deliver"}`]: '0x30',
      'convey_nodes{job="convey",instance="b",role="deliver"}': '1x30',
    },
  },
  ConveySitesWithoutHolder: {
    fires: { [`convey_sites_without_holder{${gateway}}`]: '2x30' },
    silent: { [`convey_sites_without_holder{${gateway}}`]: '0x30' },
  },
  ConveyBrowserBudget: {
    fires: {
      [`convey_browser_budget_used{${gateway},site="shop",kind="bytes"}`]: '9x30',
      [`convey_browser_budget_limit{${gateway},site="shop",kind="bytes"}`]: '9x30',
    },
    silent: {
      [`convey_browser_budget_used{${gateway},site="shop",kind="bytes"}`]: '8x30',
      [`convey_browser_budget_limit{${gateway},site="shop",kind="bytes"}`]: '9x30',
    },
  },
  ConveyConnectionPaused: {
    fires: { [`convey_connection_paused{${connection},cause="blocked"}`]: '1x30' },
    silent: { [`convey_connection_paused{${connection},cause="blocked"}`]: '1x10 0x20' },
  },
  ConveyUndelivered: {
    fires: { [`convey_connection_lag_seconds{${connection}}`]: '22000x30', [`convey_connection_enabled{${connection}}`]: '1x30' },
    silent: {
      [`convey_connection_lag_seconds{${connection}}`]: '22000x30',
      [`convey_connection_enabled{${connection}}`]: '0x30',
    },
  },
  ConveyTwoDaysToLoss: {
    fires: {
      [`convey_connection_oldest_undelivered_seconds{${connection}}`]: '440000x30',
      [`convey_connection_enabled{${connection}}`]: '1x30',
    },
    silent: {
      [`convey_connection_oldest_undelivered_seconds{${connection}}`]: '400000x30',
      [`convey_connection_enabled{${connection}}`]: '1x30',
    },
  },
  ConveyDeadLetters: {
    fires: { [`convey_connection_dead_letters{${connection}}`]: '7x15 9x15' },
    silent: { [`convey_connection_dead_letters{${connection}}`]: '7x30' },
  },
  ConveyNoEvents: {
    at: '25h',
    fires: { [`convey_events_accepted_total{${gateway},site="shop",reporter="browser"}`]: `0+1x90 90x${day}` },
    silent: { [`convey_events_accepted_total{${gateway},site="shop",reporter="browser"}`]: `0+1x${2 * day}` },
  },
  ConveyLagGrows: {
    at: '40m',
    fires: {
      [`convey_connection_lag_events{${connection}}`]: '0+9x40',
      [`convey_connection_lag_seconds{${connection}}`]: '700x40',
    },
    silent: {
      [`convey_connection_lag_events{${connection}}`]: '900-9x40',
      [`convey_connection_lag_seconds{${connection}}`]: '700x40',
    },
  },
  ConveyConsumerCrashes: {
    fires: { [`convey_consumer_crashes_total{${connection}}`]: '0+12x30' },
    silent: { [`convey_consumer_crashes_total{${connection}}`]: '12x30' },
  },
  ConveyIdentityLags: {
    fires: { [`convey_identity_lag_seconds{${gateway},site="shop"}`]: '400x30' },
    silent: { [`convey_identity_lag_seconds{${gateway},site="shop"}`]: '200x30' },
  },
  ConveyClock: {
    fires: { [`convey_clock_timestamp_seconds{${gateway}}`]: '90+60x30' },
    silent: { [`convey_clock_timestamp_seconds{${gateway}}`]: '30+60x30' },
  },
  ConveyAcknowledgeBurnsFast: { at: '65m', fires: collector(70, 60, 57), silent: collector(70, 10_000, 9_990) },
  ConveyAcknowledgeBurnsSlow: {
    at: '72h30m',
    fires: collector(3 * day + 60, 1_000, 998),
    silent: collector(3 * day + 60, 10_000, 9_995),
  },
  ConveyDeliveryBurnsFast: { at: '65m', fires: platform(70, 60, 40), silent: platform(70, 100, 97) },
  ConveyDeliveryBurnsSlow: {
    at: '72h30m',
    fires: platform(3 * day + 60, 100, 98),
    silent: platform(3 * day + 60, 1_000, 995),
  },
};

/** Further cases of rules with several conditions. */
const others: readonly AlertCase[] = [
  { name: 'no gateway is a target any more', alert: 'ConveyAllDown', fires: true, at: '20m', series: {} },
  {
    name: 'every request is refused',
    alert: 'ConveyAcknowledgeBurnsFast',
    fires: true,
    at: '65m',
    series: collector(70, 0, 0, 5),
  },
  {
    name: 'senders make mistakes',
    alert: 'ConveyAcknowledgeBurnsFast',
    fires: false,
    at: '65m',
    series: collector(70, 60, 60),
  },
  {
    name: 'a slow half hour is over',
    alert: 'ConveyAcknowledgeBurnsFast',
    fires: false,
    at: '100m',
    series: {
      ...collector(100, 60, 60),
      [`convey_acknowledge_seconds_bucket{${gateway},le="0.25"}`]: '0+60x30 1800+0x20 1860+60x50',
    },
  },
  {
    name: 'two of three requests were slow',
    alert: 'ConveyAcknowledgeBurnsFast',
    fires: false,
    at: '65m',
    series: collector(70, 0.1, 0.03),
  },
  {
    name: 'Prometheus stores the bound as 300.0',
    alert: 'ConveyDeliveryBurnsFast',
    fires: false,
    at: '65m',
    series: platform(70, 100, 100, '300.0'),
  },
  {
    name: 'a platform accepts nothing',
    alert: 'ConveyDeliveryBurnsFast',
    fires: true,
    at: '15m',
    series: waiting(70, false),
  },
  {
    name: 'a connection is paused',
    alert: 'ConveyDeliveryBurnsFast',
    fires: false,
    at: '65m',
    series: waiting(70, true),
  },
];

export const alertCases: readonly AlertCase[] = [
  ...Object.entries(sides).flatMap(([alert, { at = '25m', fires, silent }]) => [
    { name: 'the fault exists', alert, fires: true, at, series: fires },
    { name: 'the fault does not exist', alert, fires: false, at, series: silent },
  ]),
  ...others,
];
