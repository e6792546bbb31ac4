const atOnce = 8;

/** Does this with each, some of them at once, so that nobody is asked for hundreds of things in one moment. In their order. */
export async function someAtOnce<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let place = 0; place < all.length; place += atOnce)
    results.push(...(await Promise.all(all.slice(place, place + atOnce).map(work))));
  return results;
}
