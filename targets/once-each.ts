/**
 * What a server lists, each name once: some answer an entry twice, and not always side by side. Grows with one folder, not with
 * the target.
 */
export async function* onceEach<Entry extends { readonly name: string }>(
  entries: AsyncIterable<Entry>,
): AsyncGenerator<Entry> {
  const seen = new Set<string>();
  for await (const entry of entries) {
    if (seen.has(entry.name)) continue;
    seen.add(entry.name);
    yield entry;
  }
}
