/** The kinds of entries by their subject. A released kind never changes: stored entries have it. */
export const activitySubjects = {
  Sites: ['site-added', 'site-changed', 'site-removed'],
  Connections: [
    'connection-saved',
    'connection-removed',
    'connection-paused',
    'connection-resumed',
    'platform-tag-chosen',
    'platform-connected',
    'platform-disconnected',
    'platform-app-saved',
    'platform-app-removed',
    'goals-made',
    'late-purchases-set',
  ],
  Keys: ['key-added', 'key-removed', 'key-trusted', 'secrets-rotated'],
  Accounts: [
    'account-added',
    'account-role-changed',
    'account-password-changed',
    'account-removed',
    'invitation-created',
    'invitation-revoked',
  ],
  'Sign-ins': ['signed-in', 'sign-ins-failed', 'sessions-ended'],
  Rules: ['rules-changed'],
  Replays: ['replay-started', 'replay-stopped', 'dead-letters-retried', 'dead-letters-dropped', 'events-retried'],
  Alerts: ['alert-settings-changed', 'connection-muted', 'connection-unmuted'],
  'Personal data': ['person-exported', 'export-downloaded', 'export-removed', 'person-erased', 'profiles-dropped'],
  Gateway: ['config-changed', 'backup-created', 'restored', 'moved'],
} as const;

export type ActivitySubject = keyof typeof activitySubjects;
export type ActivityKind = (typeof activitySubjects)[ActivitySubject][number];

export const activityKinds: readonly ActivityKind[] = Object.values(activitySubjects).flat();

/** The actors that are no account: the command line, the gateway itself, and the config file. */
export const systemActors = ['cli', 'gateway', 'file'] as const;
