/**
 * Who may import whom: rule, documentation and check in one table. A room lists the rooms that it may import, beside itself.
 * `errors.ts` and `telemetry.ts` are open to all but pixel, dashboard and simulators.
 */
const rooms = {
  event: [],
  pixel: ['event'], // its types alone: see pixel-takes-types
  identity: ['event'],
  log: ['sqlite'],
  store: ['event', 'identity', 'log/log', 'sqlite'],
  ingest: ['event', 'identity', 'log/log'],
  destinations: ['event'],
  delivery: ['event', 'identity', 'log/log', 'store/store', 'destinations/kit'],
  retention: ['event', 'identity', 'log/log', 'store/store', 'destinations/kit'],
  doctor: ['event', 'delivery/address-guard'],
  sites: ['event', 'identity', 'store/made', 'destinations', 'config-schema', 'config-sites', 'config-domain', 'config-uet'],
  files: ['log', 'store', 'sqlite'],
  api: [
    'event',
    'identity',
    'ingest/address', // one division of addresses into networks for every limit
    'ingest/json', // one reader of untrusted JSON for every door
    'log/log',
    'store/store',
    'store/access',
    'store/observed',
    'destinations',
    'retention',
    'sites',
    'doctor',
  ],
  dashboard: ['api/client', 'event'], // of event its types alone: see dashboard-takes-types
  simulators: [], // nothing of ours, ever
  cli: ['gateway', 'preflight', 'files', 'config', 'doctor', 'simulators', 'api/client', 'event'],
};

const closed = ['pixel', 'dashboard', 'simulators'];
const test = '\\.(test|contract|suite|fixture)\\.tsx?$';
/** What the admin API takes and answers, and who asks it. */
const contract =
  '^src/api/(client|route|routes|accuracy-routes|people-routes|people-answers|site-routes|delivery-routes|answer-parts|answers|accuracy-answers|event-answers|site-answers|delivery-answers|parameters|site-parameters|refusals|outcome-names|access/name-and-password)\\.ts$';
const literally = (path) => path.replaceAll('.', '\\.');

const roomRules = Object.entries(rooms).map(([room, allowed]) => {
  const open = closed.includes(room) ? [] : ['errors', 'telemetry'];
  const paths = [room, ...allowed, ...open].map((path) => `${literally(path)}(/|\\.tsx?$)`);
  return {
    name: `room-${room}`,
    comment: `${room} may import ${[...allowed, ...open].join(', ') || 'no other room'}. If a natural design needs more, change the table in one commit that says why.`,
    severity: 'error',
    from: { path: `^src/${room}/`, pathNot: test },
    to: { path: '^src/', pathNot: [`^src/(${paths.join('|')})`] },
  };
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'no-cycles',
      comment: 'Two files that import each other are one idea in two places.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'adapters-from-the-roots',
      comment: 'Only the composition roots, and what keeps the files themselves, know an engine; the rooms know the ports.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/(gateway|preflight)\\.ts$', '^src/(log|store|files|sqlite)/', '^src/sqlite\\.ts$', test],
      },
      to: { path: '^src/((log|store)/(sqlite|postgres|nats|data-dir)|sqlite)' },
    },
    {
      name: 'destinations-keep-apart',
      comment: 'A platform is a folder of its own: it imports itself and the kit.',
      severity: 'error',
      from: { path: '^src/destinations/([^/]+)/' },
      to: { path: '^src/destinations/', pathNot: ['^src/destinations/$1/', '^src/destinations/kit/'] },
    },
    {
      name: 'destinations-do-no-io',
      comment: 'Pure by construction: no crypto, no files, no network, no clock.',
      severity: 'error',
      from: { path: '^src/destinations/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'event-does-no-io',
      comment: 'The shared language runs anywhere.',
      severity: 'error',
      from: { path: '^src/event/', pathNot: test },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'pixel-takes-types',
      comment:
        'The vocabulary costs the shopper nothing as types; what the pixel needs of it as values, the collector writes in.',
      severity: 'error',
      from: { path: '^src/pixel/', pathNot: test },
      to: { path: '^src/event/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pixel-has-no-dependencies',
      comment: 'Every byte of it is served to every shopper.',
      severity: 'error',
      from: { path: '^src/pixel/', pathNot: test },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'dashboard-takes-types',
      comment: 'What the vocabulary means, the API says in words; the browser needs its types alone.',
      severity: 'error',
      from: { path: '^src/dashboard/', pathNot: test },
      to: { path: '^src/event/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'dashboard-runs-in-browsers',
      comment: 'It is built to static files; what it is made of ships inside them.',
      severity: 'error',
      from: { path: '^src/dashboard/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'api-contract-runs-anywhere',
      comment: 'What the client takes its types from is checked for the browser too: no Node.js, no room that needs it.',
      severity: 'error',
      from: { path: contract },
      to: { path: '^', pathNot: [contract, '^src/(event/|errors\\.ts$)', 'node_modules/zod/'] },
    },
    {
      name: 'api-client-takes-types',
      comment: 'The schemas would be most of what a browser loads.',
      severity: 'error',
      from: { path: '^src/api/client\\.ts$' },
      to: { path: ['^src/api/', 'node_modules/'], pathNot: '^src/api/outcome-names\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-test-in-production',
      comment: 'What ships does not lean on what proves it.',
      severity: 'error',
      from: { path: '^src/', pathNot: test },
      to: { path: [test, '^(test|bench)/'] },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere breaks at start.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependencies-in-production',
      comment:
        'The published package installs dependencies alone. What the dashboard is made of is inside its files; an optional peer is asked for when it is needed.',
      severity: 'error',
      from: { path: '^src/', pathNot: [test, '^src/dashboard/'] },
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
