/** The only scope that the API accepts. */
export const manageScope = 'https://ads.microsoft.com/msads.manage';
