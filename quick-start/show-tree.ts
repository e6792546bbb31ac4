/** What is told of a tree while it is written, read and compared. */
import { bytesText } from '../model/text';
import type { Say } from './steps';
import { bytesOf, filesOf, type Tree } from './tree';
import type { Progress } from './write-tree';

/** Shows that it goes on, now and then. */
export function everyHundred(done: string, say: Say): Progress {
  return (files) => (files % 100 === 0 ? say(`${files} files ${done} …`) : undefined);
}

export function treeText(tree: Tree): string {
  const files = filesOf(tree).length;
  return `${files} files and ${tree.size - files} directories, ${bytesText(bytesOf(tree))}`;
}
