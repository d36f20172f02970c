/** The path of the dashboard's page to which a platform sends an operator back. */
export const redirectPath = '/connect-account';
