/** The response header with the gateway's time in UNIX milliseconds, by which a page measures how long ago something was. */
export const timeHeader = 'convey-time';
