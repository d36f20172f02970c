/**
 * The import table. A folder of `src` lists the folders and files that it may import, besides itself.
 * `errors.ts`, `load-once.ts` and `logger.ts` are open to all but pixel, dashboard and simulators.
 */
const log = 'storage/log/event-log';
/** The store's ports, without those that few rooms use. */
const ports =
  'storage/ports/(?!(accounts|account-links|activity|alerts|issues|platform-grants|dashboard-sites|sign-in-failures|site-activity)\\b)[^/]+';
const rooms = {
  event: [],
  activity: ['event'],
  pixel: ['event'], // types only: see pixel-imports-types
  'js-package': ['pixel/commands', 'pixel/convey-global'], // types only: see js-package-imports-types
  identity: ['event'],
  visitors: ['event', 'identity', 'destinations/page-identifiers', 'destinations/kit/matching'],
  rules: ['event'],
  hooks: ['event', 'net/parse-json'],
  clock: ['event'],
  net: [],
  country: ['event', 'net'],
  storage: ['event', 'activity', 'visitors', 'clock', 'net'],
  ingest: ['event', 'identity', 'visitors', 'hooks', 'net', 'destinations/destinations', log],
  destinations: ['event'],
  delivery: ['event', 'identity', 'visitors', 'rules', 'clock', 'net', 'destinations/kit', log, ports, 'storage/paginate'],
  privacy: [
    'event',
    'identity',
    'visitors',
    'clock',
    'destinations/kit',
    log,
    ports,
    'storage/paginate',
    'storage/maintenance-lock',
  ],
  retention: [
    'event',
    'activity',
    'visitors',
    'clock',
    log,
    ports,
    'storage/ports/activity',
    'storage/paginate',
    'storage/maintenance-lock',
  ],
  doctor: ['event', 'net', 'destinations'],
  issues: ['event', 'net', 'destinations/kit/delivery-deadline', ports, 'storage/ports/alerts', 'storage/ports/issues'],
  alerts: [
    'event',
    'issues',
    'clock',
    'net',
    'config',
    'destinations/kit/destination', // the form of a request
    'sites/secret-settings',
    'sites/key-ring',
    ports,
    'activity/activity-chain', // the form of a head
    'storage/ports/alerts',
    'storage/ports/issues',
    'storage/ports/dashboard-sites',
  ],
  config: ['event', 'identity', 'net', 'destinations', 'rules', 'hooks'],
  sites: ['event', 'identity', 'config', 'destinations', 'rules', 'hooks', 'storage/ports/dashboard-sites', ports],
  'platform-accounts': [
    'event',
    'config/master-key',
    'destinations/kit/account-link', // the form of a sign-in
    'destinations/kit/http-message',
    'destinations/kit/response-body',
    'sites/envelope-encryption',
    'sites/key-ring',
    'sites/secret-settings',
    'storage/ports/platform-grants',
  ],
  api: [
    'event',
    'activity',
    'identity/personal-text', // what a stored text must not contain
    'visitors/mask-click-ids',
    'rules',
    'hooks',
    'clock',
    'net',
    log,
    'storage/log/consent-counts',
    ports,
    'storage/ports/accounts',
    'storage/ports/activity',
    'storage/ports/site-activity',
    'storage/ports/sign-in-failures',
    'destinations',
    'platform-accounts',
    'privacy',
    'sites',
    'storage/ports/account-links',
    'storage/ports/platform-grants',
    'doctor',
    'alerts',
    'issues',
    'storage/ports/alerts',
    'storage/ports/issues',
  ],
  dashboard: ['api/client', 'event'], // of event types only: see dashboard-imports-types
  'shopify-app': ['event'],
  simulators: [], // independent of the code that they test
  cli: [
    'api/client',
    'clock',
    'config',
    'doctor',
    'event',
    'gateway/check-moved-secrets',
    'gateway/spool',
    'gateway/preflight',
    'gateway/read-data-folder',
    'gateway/start-gateway',
    'shopify-app',
    'simulators',
    'storage/backup',
    'storage/drop-profiles',
    'storage/migrate',
    'storage/move-to-postgres',
    'storage/open-postgres',
  ],
};

/** The order of the folders inside a room. A folder imports only those after it, and no file beside them. */
const folders = {
  ingest: ['segment', 'webhooks', 'server', 'browser', 'links', 'accept', 'http', 'limits'],
  storage: ['backup', 'move', 'spool', 'recovery', 'store', 'ports', 'log', 'disk', 'sqlite', 'postgres', 'sql'],
  delivery: ['consumers', 'sending', 'uploads', 'replay', 'planning', 'profiles'],
  api: [
    'reference',
    'gateway',
    'metrics',
    'hooks',
    'rules',
    'connections',
    'sites',
    'platform-accounts',
    'account-links',
    'events',
    'accuracy',
    'issues',
    'alerts',
    'people',
    'auth',
    'http',
  ],
  dashboard: ['pages', 'shell', 'components', 'data'],
};

/** The modules that load the driver of PostgreSQL. */
const onPostgres = '^src/(storage/((log/|store/)?(open-)?postgres|move)|cli/move-folder)';
const closed = ['pixel', 'js-package', 'dashboard', 'simulators'];
const test = '\\.(test|contract|suite|fixture)\\.tsx?$';
/** The drivers of browser tags. They are parts of the pixel. */
const drivers = '^src/destinations/[^/]+/browser/';
/** The contract of the admin API and its client: also type-checked for the browser. */
const contract = [
  '^src/api/(client|routes)\\.ts$',
  '^src/api/[a-z/-]+/(routes|schemas|parameters)\\.ts$',
  '^src/api/[a-z/-]+-schemas\\.ts$',
  '^src/api/people/erasure-texts\\.ts$',
  '^src/api/http/(account-schema|api-errors|define-routes|outcome-names|redirect-path|route|schema-parts|site-roles|time-header)\\.ts$',
];
const literally = (path) => path.replaceAll('.', '\\.');

const roomRules = Object.entries(rooms).map(([room, allowed]) => {
  const open = closed.includes(room) ? [] : ['errors', 'load-once', 'logger'];
  const paths = [room, ...allowed, ...open].map((path) => `${literally(path)}(/|\\.tsx?$)`);
  return {
    name: `room-${room}`,
    comment: `${room} may import ${[...allowed, ...open].join(', ') || 'no other room'}. If a design needs more, change the table in a commit of its own.`,
    severity: 'error',
    from: { path: `^src/${room}/`, pathNot: [test, drivers] },
    to: { path: '^src/', pathNot: [`^src/(${paths.join('|')})`] },
  };
});

const folderRules = Object.entries(folders).flatMap(([room, order]) =>
  order.map((folder, index) => ({
    name: `folder-${room}-${folder}`,
    comment: `${room}/${folder} may import ${order.slice(index + 1).join(', ') || 'no other folder of the room'}.`,
    severity: 'error',
    from: { path: `^src/${room}/${folder}/`, pathNot: test },
    to: { path: `^src/${room}/`, pathNot: `^src/${room}/(${order.slice(index).join('|')})/` },
  })),
);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...roomRules,
    ...folderRules,
    {
      name: 'no-cycles',
      comment: 'Files that import each other cannot be understood or tested alone.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'adapters-from-the-roots',
      comment: 'Only the composition root and storage itself import an adapter. Other rooms import the ports.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/gateway/', '^src/storage/', test],
      },
      to: { path: '^src/storage/(log/(sqlite|postgres)|store/(sqlite|postgres)|sqlite|postgres|disk|recovery)' },
    },
    {
      name: 'postgres-on-demand',
      comment:
        'A gateway on SQLite does not load the driver of PostgreSQL. Import `open-postgres`, `watch-folder-move` and `cli/move-folder` by `await import`.',
      severity: 'error',
      from: { path: '^src/', pathNot: [onPostgres, test] },
      to: { path: onPostgres, dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'destinations-keep-apart',
      comment: 'A platform imports its own folder and the kit.',
      severity: 'error',
      from: { path: '^src/destinations/([^/]+)/' },
      to: { path: '^src/destinations/', pathNot: ['^src/destinations/$1/', '^src/destinations/kit/'] },
    },
    {
      name: 'destinations-do-no-io',
      comment: 'Destinations are pure: no crypto, files, network or clock.',
      severity: 'error',
      from: { path: '^src/destinations/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'platform-accounts-do-no-io',
      comment: 'Grants take clock, ids and the one HTTP call as parameters.',
      severity: 'error',
      from: { path: '^src/platform-accounts/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'event-does-no-io',
      comment: 'The event types run anywhere.',
      severity: 'error',
      from: { path: '^src/event/', pathNot: test },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'drivers-belong-to-the-pixel',
      comment: "A driver imports its own folder, the pixel, and types. It runs on a shop's pages.",
      severity: 'error',
      from: { path: '^src/destinations/([^/]+)/browser/', pathNot: test },
      to: { path: '^src/', pathNot: ['^src/destinations/$1/(browser/|tag-settings\\.ts$)', '^src/(pixel|event)/'] },
    },
    {
      name: 'drivers-run-in-browsers',
      comment: 'The rest of a platform is pure: it imports no driver.',
      severity: 'error',
      from: { path: '^src/', pathNot: [test, drivers] },
      to: { path: drivers },
    },
    {
      name: 'pixel-imports-types',
      comment: 'Types cost no bytes. The collector inserts the values of the event types that the pixel needs.',
      severity: 'error',
      from: { path: ['^src/pixel/', drivers], pathNot: test },
      to: { path: ['^src/event/', '/tag-settings\\.ts$'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pixel-has-no-dependencies',
      comment: 'Every shopper downloads the pixel.',
      severity: 'error',
      from: { path: ['^src/pixel/', drivers], pathNot: test },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'js-package-imports-types',
      comment: "The package has the pixel's types. The pixel itself comes from the gateway.",
      severity: 'error',
      from: { path: '^src/js-package/', pathNot: test },
      to: { path: '^src/pixel/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'js-package-has-no-dependencies',
      comment: "Shops install it. Its helper for React has the app's own React.",
      severity: 'error',
      from: { path: '^src/js-package/', pathNot: test },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'], pathNot: 'node_modules/(@types/)?react/' },
    },
    {
      name: 'dashboard-imports-types',
      comment: 'The API describes events in text, so the browser needs only the types.',
      severity: 'error',
      from: { path: '^src/dashboard/', pathNot: test },
      to: { path: '^src/event/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'dashboard-runs-in-browsers',
      comment: 'The dashboard is built to static files and runs in a browser.',
      severity: 'error',
      from: { path: '^src/dashboard/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'api-contract-runs-anywhere',
      comment: 'The contract is also type-checked for the browser: it imports neither Node.js nor a room that needs it.',
      severity: 'error',
      from: { path: contract },
      to: { path: '^', pathNot: [...contract, '^src/(event/|activity/activity-kinds\\.ts$|errors\\.ts$)', 'node_modules/zod/'] },
    },
    {
      name: 'api-client-imports-types',
      comment: 'The browser would load every schema.',
      severity: 'error',
      from: { path: '^src/api/client\\.ts$' },
      to: {
        path: ['^src/api/', 'node_modules/'],
        pathNot: '^src/api/(http/(outcome-names|redirect-path|site-roles|time-header)|people/erasure-texts)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-test-in-production',
      comment: 'Product code does not import test code.',
      severity: 'error',
      from: { path: '^src/', pathNot: test },
      to: { path: [test, '^(test|bench)/'] },
    },
    {
      name: 'resolvable',
      comment: 'An import without a target fails at start.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependencies-in-production',
      comment:
        'The published package installs dependencies only. The dashboard bundles its own, and an optional peer is loaded on demand.',
      severity: 'error',
      from: { path: '^src/', pathNot: [test, '^src/dashboard/', '^src/js-package/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm-peer'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.server.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.css', '.json'],
    },
  },
};
