import type { VisitorProfile } from './visitor-profile.ts';

export const emptyProfile: VisitorProfile = { clicks: {}, persons: [], clients: [], browserIds: {} };
