/** Whether a URL's host is this machine by its name, where plain http harms nobody. */
export function isLocalName(hostname: string): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
