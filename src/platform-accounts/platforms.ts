import type { AccountPlatform } from './account-platform.ts';
import { microsoftAccounts } from './microsoft/microsoft-accounts.ts';

/** The platforms whose accounts can be connected. */
export const accountPlatforms: readonly AccountPlatform[] = [microsoftAccounts];
