/** Returns an object with some members of a Playwright type. The use of another member is an error with its name. */
export function createFacade<T extends object>(name: string, members: object): T {
  return new Proxy(Object.create(null), {
    get(_, key) {
      if (key in members) return Reflect.get(members, key);
      // Promises, and the runner's formatter, look for these.
      if (typeof key === 'symbol' || /^(?:then|toJSON|asymmetricMatch|nodeType|constructor|\$\$typeof|@@.*)$/.test(key))
        return undefined;
      throw new Error(`the WebKit driver has no ${name}.${key}`);
    },
  });
}
