import { type Db, hasTable } from '../sqlite/open.ts';

/** `boolean` is 0 or 1 in SQLite. */
export type ColumnKind = 'text' | 'integer' | 'boolean' | 'bytes';

export interface MovedColumn {
  /** The name in PostgreSQL. */
  readonly name: string;
  readonly kind: ColumnKind;
  /** The expression in SQLite. */
  readonly from: string;
}

/** A table of PostgreSQL that gets the rows of a data folder. */
export interface MovedTable {
  readonly name: string;
  readonly columns: readonly MovedColumn[];
  /** The file that has the rows. */
  readonly file: 'state' | 'log';
  /** Returns what `SELECT … FROM` reads in a file of the current schema. */
  readonly source: (db: Db) => string;
  /** The column whose values PostgreSQL generates for later rows. */
  readonly generated?: string;
  /** The query for a value that the generated ones must exceed too. */
  readonly generatedAfter?: string;
}

/**
 * Defines a table by its columns: `name`, `name:kind` or `name:kind=expression`. The kind is `text` by default, the expression in SQLite the
 * same name.
 */
function defineTable(name: string, columns: string, more: Partial<MovedTable> = {}): MovedTable {
  return {
    name,
    columns: columns.split(/\s+/).map((column) => {
      const [, own = '', kind = 'text', from = `"${own}"`] = /^(\w+)(?::(\w+))?(?:=(.+))?$/.exec(column) ?? [];
      return { name: own, kind: toKind(kind), from };
    }),
    file: 'state',
    source: () => name,
    ...more,
  };
}

function toKind(text: string): ColumnKind {
  if (text === 'text' || text === 'integer' || text === 'boolean' || text === 'bytes') return text;
  throw new Error(`${text} is no kind of a column`);
}

/**
 * The tables of the store in PostgreSQL, and the rows of `state.db` that each gets; those of the event log, besides its records, get rows of
 * `log.db`. A referenced table comes first.
 */
export const movedTables: readonly MovedTable[] = [
  // First, because gateways that wait for the end of the move read them.
  defineTable('dashboard_sites', 'id config keys'),
  defineTable('distrusted_keys', 'site key since:integer'),
  defineTable('dashboard_connections', 'site id config secrets'),
  defineTable('connections', 'consumer state'),
  defineTable('identity', 'site cursor'),
  defineTable('primary_reports', 'site id name offset keep_until:integer released:integer', {
    source: (db) => withEarlier(db, 'primary_reports', 'site, id, name, offset, keep_until, released'),
  }),
  defineTable('duplicate_reports', 'site offset primary_offset'),
  defineTable('purchase_reporters', 'site reporter last:integer'),
  defineTable('pending', 'site offset until:integer'),
  defineTable('absent', 'site offset reason'),
  defineTable(
    'deferred_deliveries',
    'consumer offset reason due_at:integer tries:integer part is_resend:boolean is_trusted:boolean shop_only:boolean',
  ),
  defineTable('dead_letters', 'consumer offset cause issues event_name event_id bytes:bytes at:integer'),
  defineTable('expired_ranges', 'consumer after last_offset events:integer at:integer'),
  defineTable(
    'attempts',
    `position:integer=rowid id consumer started_at:integer first_offset last_offset offsets:bytes cursor_after body:bytes body_sha256
     sent:integer settled_at:integer result status:integer response issues checksum:integer is_overlapping:boolean=overlaps rules:bytes`,
    { generated: 'position' },
  ),
  // A block that was removed keeps its id, because `retired` compares with it.
  defineTable(
    'outcome_blocks',
    'id:integer consumer first_offset last_offset entries:bytes counts is_overlapping:boolean=overlaps',
    {
      generated: 'id',
      generatedAfter: 'SELECT max(block) FROM retired',
    },
  ),
  defineTable('receipts', 'consumer attempt ask_at:integer first_offset receipt checksum:integer'),
  defineTable('visitor_profiles', 'site visitor profile updated_at:integer expires_at:integer'),
  defineTable('links', 'site key visitor at:integer since:integer', {
    source: (db) => {
      const links =
        'SELECT v.site, l.key, v.visitor, l.at, l.since FROM visitor_links l JOIN link_visitors v ON v.id = l.visitor';
      const earlier = ' UNION ALL SELECT site, key, visitor, at, since FROM earlier_links';
      return `(${links}${hasTable(db, 'earlier_links') ? earlier : ''})`;
    },
  }),
  defineTable('browser_usage', 'site day:integer visitors:integer links:integer bytes:integer'),
  defineTable('browser_networks', 'site network day:integer purchases:integer'),
  defineTable(
    'event_index',
    'site offset received_at:integer time:integer name id reporters:integer consent:integer keys:integer order_id network_place:integer country',
  ),
  defineTable('counting', 'since:integer'),
  defineTable('received_counts', 'site bucket:integer events:integer duplicates:integer orders:integer browser_events:integer'),
  defineTable('ways_in', 'site reporter via bucket:integer reports:integer undecided:integer last_at:integer'),
  defineTable('outcome_counts', 'consumer bucket:integer outcome events:integer'),
  defineTable('outcome_totals', 'consumer outcome events:integer'),
  defineTable('delivery_times', 'consumer bucket:integer from_ms:integer events:integer'),
  defineTable('purchases', 'site offset bucket:integer source:integer rank:integer currency amount:integer'),
  defineTable('purchase_outcomes', 'consumer offset outcome'),
  defineTable('reported_money', 'site bucket:integer source:integer currency orders:integer amount:integer'),
  defineTable('settled_money', 'consumer bucket:integer outcome currency orders:integer amount:integer'),
  defineTable(
    'delivered_orders',
    `consumer order_id offset at:integer is_trusted:integer
     email_plain email_microsoft email_google email_given phone_e164 phone_digits phone_given external_id visitor purchase`,
  ),
  defineTable('order_refunds', 'site order_id refund_id at:integer amount:integer currency'),
  defineTable(
    'uploads',
    `consumer kind key order_id offset at:integer content person owner state due_at:integer tries:integer tried_at:integer answer`,
  ),
  defineTable('upload_states', 'consumer state'),
  defineTable('payment_objects', 'site object kind value at:integer owner'),
  defineTable('counted_since', 'events:integer money:integer refunds:integer'),
  defineTable('delivery_errors', 'consumer bucket:integer code name events:integer'),
  defineTable('rule_counts', 'consumer bucket:integer rule events:integer'),
  defineTable('rule_counting', 'since:integer'),
  defineTable('consent_counts', 'site bucket:integer source version country choice events:integer', { file: 'log' }),
  defineTable('consent_counting', 'since:integer', { file: 'log' }),
  defineTable('match_counts', 'consumer day name key reason events:integer'),
  defineTable('unfinished_erasures', 'site offset'),
  defineTable('visitor_checks', 'site'),
  defineTable('sweeps', 'site at:integer suspected_at:integer'),
  defineTable('retired', 'consumer block:integer'),
  defineTable('accounts', 'name role password created_at:integer id'),
  defineTable('site_roles', 'account site role'),
  defineTable('invitations', 'id hash label role created_at:integer expires_at:integer inviter'),
  // PostgreSQL refuses roles of no invitation.
  defineTable('invitation_roles', 'invitation site role', {
    source: () => '(SELECT * FROM invitation_roles WHERE invitation IN (SELECT id FROM invitations))',
  }),
  defineTable('sessions', 'id:integer=rowid hash account created_at:integer used_at:integer', { generated: 'id' }),
  // The gateway that offered it no longer runs.
  defineTable('setup', 'hash node=NULL'),
  defineTable('activity', 'seq:integer at:integer kind actor site entry hash'),
  defineTable('activity_checkpoint', 'id:integer seq:integer hash checkpoint'),
  defineTable('alert_settings', 'id:integer settings'),
  defineTable('open_alerts', 'key alert began_at:integer'),
  defineTable(
    'alert_messages',
    'id channel state created_at:integer due_at:integer tries:integer tried_at:integer content problem',
  ),
  defineTable('issues', 'id key began_at:integer ended_at:integer issue'),
  defineTable('rule_changes', 'id:integer site connection digest at:integer by rules', { generated: 'id' }),
  defineTable(
    'grants',
    `id site connection platform identity_provider user_name scopes account secret dead_code dead_since:integer revision:integer
     refresher refresh_until:integer goal_check goals_due:integer created_at:integer click_check clicks_due:integer late_goal late_report
     late_report_due:integer`,
  ),
  defineTable('account_links', 'id site session secret expires_at:integer state state_until:integer'),
  defineTable('platform_clients', 'platform config secret'),
  defineTable('saved_views', 'site id name query by created_at:integer'),
  defineTable(
    'imports',
    'site id line:integer accepted:integer repeated:integer refused:integer started_at:integer updated_at:integer finished_at:integer',
  ),
];

/** Tables of PostgreSQL that get no rows of a table in the folder. */
export const otherTables: Readonly<Record<string, string>> = {
  records: 'gets the records of `log.db`',
  lanes: 'gets the next offset when the move ends',
  appends: 'has the appends of the last hour, for processes that share the database',
  leases: 'has the processes that run the sites now',
  nodes: 'has the processes that run now',
  commands: 'has the commands between these processes',
  spools: 'has the state of the spools of these processes',
  collector_notices: 'has the requests to these processes that no event shows',
  page_sessions: 'has the pages that accounts look at now',
  seen_events: 'has the events of these pages',
  sign_in_failures: 'has the failed sign-ins of a day, which a restart on SQLite forgets',
  shop_requests: 'has privacy requests of shops, which repeat them after a restart on SQLite',
  exports: 'has exports of people. Those of the folder stay there',
  export_chunks: 'has the content of these exports',
  stale_tables: 'has the tables of PostgreSQL that an erasure has to rewrite',
  sites_version: 'counts the changes of the sites, for these processes',
  schema: 'has the version of the tables',
  folder_move: 'has the state of the move',
};

/** Adds the rows that a gateway has not yet moved from the table of an earlier schema. */
function withEarlier(db: Db, table: string, columns: string): string {
  if (!hasTable(db, `earlier_${table}`)) return table;
  return `(SELECT ${columns} FROM ${table} UNION ALL SELECT ${columns} FROM earlier_${table})`;
}
