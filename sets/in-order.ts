/**
 * Works on items, so many at once, and gives the results in the order of the items. Memory holds what is at work, no more.
 * What the items or the work throw is thrown in its turn.
 */
export async function* mapInOrder<Item, Result>(
  items: AsyncIterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    // A failure is thrown where its turn comes; until then it must not count as unhandled.
    result.catch(() => undefined);
    running.push(result);
    if (running.length >= atOnce) yield await running.shift()!;
  }
  for (const rest of running) yield await rest;
}
