/** What is lost in the story, and how it comes back: each ends with a comparison. */
import { rename } from 'node:fs/promises';
import type { WebHdfs } from '../servers/webhdfs';
import type { MadeSet, Operator } from './operator';
import { readTree } from './read-tree';
import { directory } from './sample';
import type { Scratch } from './scratch';
import { pidsOf, type Servers } from './servers';
import { everyHundred, treeText } from './show-tree';
import type { Say, Steps } from './steps';
import { differences, type Tree } from './tree';
import { emptyDirectory } from './write-tree';

export interface Stage {
  readonly steps: Steps;
  readonly scratch: Scratch;
  readonly servers: Servers;
  readonly web: WebHdfs;
  readonly operator: Operator;
}

/** A set of the directory, and what it should bring back. */
export interface Recovery {
  readonly restoration: string;
  readonly set: MadeSet;
  readonly wanted: Tree;
}

/** Returns what differs in the end, a line each. */
export async function loseMetadata(stage: Stage, wanted: Tree): Promise<string[]> {
  const { steps, scratch, web, operator } = stage;
  const { hdfs } = stage.servers;
  await steps.step('Stop the NameNode and lose its directory', async (say) => {
    await hdfs.stopNameNode();
    for (const dir of hdfs.nameDirs) await rename(dir, `${dir}.lost`);
    say(`there is no ${hdfs.nameDirs.join(', no ')} any more`);
  });
  await steps.step('Restore the metadata from the newer set', operator.restoreMetadata);
  await steps.step('Start the NameNode again', async (say) => {
    await hdfs.startNameNode();
    await hdfs.waitUntilServing();
    say(`it serves, as process ${(await pidsOf(scratch)).nameNode}, with the DataNode that was there all the time`);
  });
  return steps.step('Compare the whole HDFS with what was written', (say) => compare(web, wanted, say));
}

/** Returns what differs after each restoration, a line each. */
export async function loseContents(
  { steps, web, operator }: Stage,
  recoveries: readonly Recovery[],
): Promise<string[]> {
  await steps.step(`Lose all that ${directory} holds`, async (say) => {
    const removed = await emptyDirectory(web, directory);
    say(`removed ${removed.join(', ')}, and all below`);
  });
  const wrong: string[] = [];
  for (const { restoration, set, wanted } of recoveries) {
    await steps.step(`Restore ${directory} from the ${restoration} set`, (say) =>
      operator.restoreDirectory(restoration, set, say),
    );
    wrong.push(...(await steps.step('Compare with what was written', (say) => compare(web, wanted, say))));
  }
  return wrong;
}

/** Every path, every attribute, every byte. */
async function compare(web: WebHdfs, wanted: Tree, say: Say): Promise<string[]> {
  const wrong = differences(wanted, await readTree(web, everyHundred('read', say)));
  say(
    wrong.length === 0
      ? `equal in names, bytes, times, owners, modes, ACLs, xattrs: ${treeText(wanted)}`
      : `${wrong.length} differences`,
  );
  return wrong;
}
