import { comparePaths } from '../model/tree';
import type { HdfsEntry } from '../servers/webhdfs';
import type { Place } from './root-attributes';

/**
 * Removes from a tree each file that is a directory in the other one, and each directory that is a file there; answers how
 * many. Both trees are listed side by side, one directory of each level at a time.
 */
export async function clearTheWay(from: Place, to: Place): Promise<number> {
  let removed = 0;
  for await (const { name, source, target } of pairsOf(from, to)) {
    const [below, inTheWay] = [`${from.path}/${name}`, `${to.path}/${name}`];
    if (source.type !== target.type) {
      await to.webHdfs.remove(inTheWay);
      removed += 1;
    } else if (source.type === 'directory') {
      removed += await clearTheWay({ ...from, path: below }, { ...to, path: inTheWay });
    }
  }
  return removed;
}

interface Pair {
  readonly name: string;
  readonly source: HdfsEntry;
  readonly target: HdfsEntry;
}

/** The names that both directories have. NameNodes list by name, both in the same order. */
async function* pairsOf(from: Place, to: Place): AsyncIterable<Pair> {
  const sources = from.webHdfs.list(from.path)[Symbol.asyncIterator]();
  const targets = to.webHdfs.list(to.path)[Symbol.asyncIterator]();
  let [source, target] = await Promise.all([sources.next(), targets.next()]);
  while (source.done !== true && target.done !== true) {
    const order = comparePaths(source.value.name, target.value.name);
    if (order === 0) yield { name: source.value.name, source: source.value, target: target.value };
    if (order <= 0) source = await sources.next();
    if (order >= 0) target = await targets.next();
  }
}
