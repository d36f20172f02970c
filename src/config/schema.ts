import { z } from 'zod';
import { countryModes } from '../event/country-source.ts';
import { nodeRoles } from '../event/node-role.ts';
import { logLevels } from '../logger.ts';
import { alertsSchema } from './alerts.ts';
import { endpointUrlSchema } from './endpoint-url.ts';
import { platformAppSchema } from './platform-app.ts';
import { collectorUrl, publicUrl, text } from './schema-parts.ts';
import { siteSchema } from './site-schema.ts';

const host = text('Must be a host name or an address to listen on, such as `127.0.0.1`.');
const port = z
  .int('Must be a whole number from 0 to 65535; 0 for any free port.')
  .min(0, 'Must be 0 or more.')
  .max(65_535, 'Must be 65535 or less.');
const cidr = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'Must be an IP address or a network such as `10.0.0.0/8`.');
const days = (least: number) =>
  z.number('Must be a number of days.').min(least, `Must be at least ${least} days.`).max(3_650, 'Must be at most 3650 days.');

const dashboardUrl = publicUrl(/^\/$/, 'Must be an http or https URL without a path, such as `https://convey.shop.example`.');

/** Other routes of the collector. The pixel also posts to `e` in its own folder. */
const reservedPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz']);
const rate = (perSecond: number, burst: number, unit: 'requests' | 'reports' | 'bytes' = 'requests') => {
  const rule = `Must be a number of ${unit}, at least 1.`;
  const most = unit === 'bytes' ? 1_048_576 : 1;
  return z
    .strictObject({
      perSecond: z
        .number(rule)
        .min(1, rule)
        .max(100_000 * most, rule)
        .default(perSecond),
      burst: z
        .int(rule)
        .min(1, rule)
        .max(1_000_000 * most, rule)
        .default(burst),
    })
    .prefault({});
};
const budget = (usual: number, unit?: 'bytes') => {
  // The text is written out, because the first use of `Intl` takes 20 ms of every command.
  const [most, written] = unit ? [1_000_000_000_000, '1,000,000,000,000'] : [1_000_000_000, '1,000,000,000'];
  const rule = `Must be a number${unit ? ` of ${unit}` : ''} for each site and day, from 1 to ${written}.`;
  return z.int(rule).min(1, rule).max(most, rule).default(usual);
};
const connectionsRule = 'Must be a number of connections from 1 to 10000.';
const threadsRule = 'Must be a number of threads from 1 to 16.';
const collectorSchema = z.strictObject({
  host: host.default('0.0.0.0').describe('Address to listen on.'),
  port: port.default(8080).describe('Port; 0 takes a free one.'),
  publicUrl: collectorUrl.describe('URL by which browsers reach the collector. A path is allowed.'),
  trustedProxies: z
    .array(cidr, 'Must be a list of IP addresses and networks.')
    .default([])
    .describe(
      "Your own proxies, such as `10.0.0.0/8`. Only their headers count for a shopper's address, scheme, host and country.",
    ),
  countryHeader: text('Must be the name of a header that your proxy sets.')
    .toLowerCase()
    .optional()
    .describe("Header with the shopper's country, such as `cf-ipcountry`. If unset, a browser's country is unknown."),
  pixelPath: z
    .string('Must be a path.')
    .regex(/^(?:\/[\w-][\w.-]*)+$/, 'Must be a path such as `/p.js`.')
    .max(100, 'Must have at most 100 characters.')
    .refine(
      (path) => !/^\/(v1|hooks)\//.test(path) && !/\/(e|overlay\.js)$/.test(path) && !reservedPaths.has(path),
      'Is the path of another route. Use another path, such as `/p.js`.',
    )
    .default('/p.js')
    .describe('Path of the pixel. Its events go to `e` in the same folder.'),
  perAddress: rate(20, 100).describe('Requests to `/e` from one address.'),
  reportsPerAddress: rate(20, 1_000, 'reports').describe('Events and signals at `/e` from one address.'),
  bytesPerAddress: rate(777, 67_108_864, 'bytes').describe('Bytes that they take in the log. The burst fills up once a day.'),
  perSecretKey: rate(500, 2_000).describe('Requests to `/v1/events` with one secret key.'),
  wrongKeys: rate(10, 50).describe('Requests to `/v1/events` from one address without a known key.'),
  unsignedWebhooks: rate(5, 50).describe('Webhooks from one address that are not signed, per site.'),
  browserBudget: z
    .strictObject({
      visitors: budget(200_000).describe(
        'New visitors that browsers may add. Further ones are not stored; their events are sent.',
      ),
      links: budget(400_000).describe('The same for identity links.'),
      purchases: budget(10_000).describe('Purchases that only browsers reported. Further ones are skipped as `over-budget`.'),
      bytes: budget(2_000_000_000, 'bytes').describe(
        "Bytes that browsers' reports take in the log. Further ones are refused; those of servers and webhooks never are.",
      ),
    })
    .prefault({}),
  connectionsPerAddress: z
    .int(connectionsRule)
    .min(1, connectionsRule)
    .max(10_000, connectionsRule)
    .default(512)
    .describe('Open connections of one public address, 1 to 10,000. Those of `trustedProxies` do not count.'),
  threads: z
    .int(threadsRule)
    .min(1, threadsRule)
    .max(16, threadsRule)
    .optional()
    .describe('[Threads](../operations/running.md#threads) that accept events, 1 to 16. Default: half of the cores, at most 4.'),
});
const metricsTokenRule = 'Must be 32 to 200 random characters without spaces, such as `openssl rand -hex 32` prints.';
const dashboardSchema = z.strictObject({
  host: host.default('127.0.0.1').describe('Address to listen on. On loopback only this machine reaches it.'),
  port: port.default(8081).describe('Port; 0 takes a free one.'),
  publicUrl: dashboardUrl.describe('URL by which browsers reach it through your proxy, without a path.'),
  metricsToken: z
    .string(metricsTokenRule)
    .regex(/^[\x21-\x7e]{32,200}$/, metricsTokenRule)
    .optional()
    .describe('Token that `/metrics` requires: 32 to 200 characters without spaces. If unset, only this machine has access.'),
});
/** Events are kept at least 8 days, for deduplication and for platforms that accept events for 7 days. */
const retentionSchema = z.strictObject({
  events: days(8)
    .default(8)
    .describe('Events, at least 8. Address and agent always expire 8 days after the event log got them, click ids after 90.'),
  deadLetters: days(1).default(30).describe('Failed events.'),
  facts: days(1).default(400).describe('Visitor profiles, after their last update.'),
  counts: days(35).default(400).describe('Numbers of events and sums of money, at least 35. By hour after 35 days.'),
});
const logLevelSchema = z.enum(logLevels, `Must be one of ${logLevels.join(', ')}.`);

const storeRule =
  'Must be the URL of a PostgreSQL database, such as `postgres://convey:${DATABASE_PASSWORD}@db.example/convey?sslmode=verify-full`.';

const rolesRule = `Must be a list of ${nodeRoles.join(', ')}, with at least one of them.`;
const hourRule = 'Must be an hour from 0 to 23, in UTC, or null.';
const filesRule = 'Must be a list of one to four paths of files in the format MaxMind DB (`.mmdb`).';
const countrySchema = z.strictObject({
  mode: z
    .enum(countryModes, `Must be ${countryModes.map((mode) => `\`${mode}\``).join(' or ')}.`)
    .default('headers')
    .describe(
      "Source of a browser's country besides `collector.countryHeader`, which wins: `headers`, none; `table`, [tables](../guides/consent.md#country) of the package.",
    ),
  files: z
    .array(text(filesRule), filesRule)
    .refine(({ length }) => length >= 1 && length <= 4, filesRule)
    .optional()
    .describe('Your own `.mmdb` tables in place of the two of the package, which all must agree. Relative to the config file.'),
});

/** The places of events while the database is away. */
export const spoolModes = ['outage', 'off'] as const;

/** The config file. `docs/reference/config.md` has its descriptions and defaults. */
export const fileSchema = z.strictObject({
  dataDir: text('Must be the path of the data folder.')
    .default('./data')
    .describe('Folder of all stored data, on a local disk. Relative to the config file. At most 92 bytes as an absolute path.'),
  store: z
    .string(storeRule)
    .refine((url) => URL.parse(url)?.protocol.match(/^postgres(?:ql)?:$/) != null, storeRule)
    .optional()
    .describe(
      'URL of the PostgreSQL database that holds events and state: see [PostgreSQL](../operations/running.md#on-postgresql). On another machine with `sslmode=verify-full`, or `sslmode=disable` for clear text. If unset, SQLite in `dataDir`.',
    ),
  roles: z
    .array(z.enum(nodeRoles, rolesRule), rolesRule)
    .min(1, rolesRule)
    .default([...nodeRoles])
    .describe(
      'Tasks of this gateway, if several share the database: `collect`, `deliver`, `admin`, see [PostgreSQL](../operations/running.md#on-postgresql).',
    ),
  durability: z
    .enum(['checked', 'managed'], 'Must be `checked` or `managed`.')
    .default('checked')
    .describe('`managed`: your provider keeps commits safe, so `fsync` and `full_page_writes` are not checked.'),
  rewriteHour: z
    .int(hourRule)
    .min(0, hourRule)
    .max(23, hourRule)
    .nullable()
    .default(3)
    .describe('Hour in UTC in which large tables of the database are rewritten after an erasure. `null`: you do it.'),
  spool: z
    .enum(spoolModes, 'Must be `outage` or `off`.')
    .optional()
    .describe(
      'While the database is away: `outage` writes events to a [spool](../operations/running.md#while-the-database-is-away) in `dataDir`, `off` answers 503. With `store` the default is `outage`.',
    ),
  collector: collectorSchema.prefault({}),
  country: countrySchema.prefault({}),
  dashboard: dashboardSchema.prefault({}),
  metrics: z
    .strictObject({
      perConnection: z
        .boolean('Must be true or false.')
        .default(false)
        .describe(
          'Whether the [histograms](metrics.md#histograms) of platforms have the labels `site` and `connection`: 44 series more for each connection.',
        ),
    })
    .prefault({}),
  allowPrivateDestinations: z
    .boolean('Must be true or false.')
    .default(false)
    .describe('Allows http, loopback and private addresses as endpoints.'),
  retentionDays: retentionSchema.prefault({}),
  logLevel: logLevelSchema
    .default('info')
    .describe(`${logLevels.map((level) => `\`${level}\``).join(', ')}. Logs are JSON lines on stderr.`),
  secretsKeyFile: text('Must be the path of the file with the key that encrypts secrets.')
    .optional()
    .describe(
      'Key of the secrets entered in the dashboard, in this file. Relative to the config file. If unset, `secrets.key` in `dataDir`, created when needed.',
    ),
  endpoints: z
    .record(
      z.string(),
      endpointUrlSchema,
      'Must be an object with a URL for each destination, such as {"microsoft": "http://127.0.0.1:9090"}.',
    )
    .prefault({})
    .describe('URLs by destination, such as `{"microsoft": "http://127.0.0.1:9090"}`, for connections of the dashboard.'),
  platformAccounts: z
    .strictObject({ microsoft: platformAppSchema.optional().describe('Your app for Microsoft Advertising.') })
    .optional()
    .describe(
      'Apps with which [operators connect accounts](../guides/microsoft/connect-microsoft.md). One of the file replaces the dashboard’s.',
    ),
  sites: z.array(siteSchema, 'Must be a list of sites.').prefault([]).describe('The sites.'),
  alerts: alertsSchema.optional().describe('Alerts and their channels. If unset, the dashboard has them.'),
});

export type ConfigFile = z.output<typeof fileSchema>;
