/** The main job, for real: fill, back up, verify, change, back up, lose, restore, compare. */
import { rename } from 'node:fs/promises';
import { bytesText } from '../model/text';
import { simpleLogin } from '../servers/login';
import { openWebHdfs } from '../servers/webhdfs';
import type { Closers } from './closers';
import { freeLocalBytes } from './configuration';
import { type MadeSet, openOperator } from './operator';
import { readTree } from './read-tree';
import { applyChanges, createSample } from './sample';
import type { Scratch } from './scratch';
import { fetchServers, pidsOf, type Servers, startServers } from './servers';
import type { Say, Steps } from './steps';
import { bytesOf, differences, filesOf, type Tree } from './tree';
import { changeTree, type Progress, writeTree } from './write-tree';

export interface Told {
  readonly servers: Servers;
  readonly sets: readonly MadeSet[];
  /** What is not as it should be at the end, a line each. */
  readonly wrong: readonly string[];
}

/** Does everything, showing it; what it starts is ended by the closers. */
export async function tellStory({ step }: Steps, scratch: Scratch, closers: Closers): Promise<Told> {
  await step('Fetch Temporal and Hadoop, where the cache does not hold them', fetchServers);
  const servers = await step('Start Temporal, HDFS and a worker of cairn', (say) => start(scratch, closers, say));
  const { hdfs } = servers;
  const web = openWebHdfs([hdfs.httpAddress], simpleLogin({ user: 'hdfs' }));
  const operator = await openOperator(servers.temporal.address);
  closers.add(() => operator.close());
  const { tree: before, changes } = createSample();
  const after = applyChanges(before, changes);

  await step('Fill HDFS through WebHDFS', async (say) => {
    await writeTree(web, before, everyHundred('written', say));
    say(treeText(before));
  });
  const first = await step("Back up the NameNode's metadata", async (say) => {
    await operator.apply(scratch.tasksYaml, say);
    return told(await operator.backUp(say), say);
  });
  await step('Verify the set', async (say) => {
    const { problems, bytesRead } = await operator.verify(first, say);
    if (problems.length > 0) throw new Error(`the set is not sound: ${problems.join('; ')}`);
    say(`sound: ${bytesText(bytesRead)} read and compared with their digests`);
  });
  const second = await step('Change HDFS (add, delete, rename) and back up again', async (say) => {
    await changeTree(web, changes);
    say(`${changes.length} changes, now ${treeText(after)}`);
    return told(await operator.backUp(say), say);
  });
  await step('Stop the NameNode and lose its directory', async (say) => {
    await hdfs.stopNameNode();
    for (const dir of hdfs.nameDirs) await rename(dir, `${dir}.lost`);
    say(`there is no ${hdfs.nameDirs.join(', no ')} any more`);
  });
  await step('Restore the newer set', operator.restoreLatest);
  await step('Start the NameNode again', async (say) => {
    await hdfs.startNameNode();
    await hdfs.waitUntilServing();
    say(`it serves, as process ${(await pidsOf(scratch)).namenode}, with the DataNode that was there all the time`);
  });
  const wrong = await step("Compare the whole tree and every file's bytes with what was written", async (say) => {
    const wrong = differences(after, await readTree(web, everyHundred('read', say)));
    say(wrong.length === 0 ? `equal: ${treeText(after)}` : `${wrong.length} differences`);
    return wrong;
  });
  return { servers, sets: [first, second], wrong };
}

async function start(scratch: Scratch, closers: Closers, say: Say): Promise<Servers> {
  const servers = await startServers(scratch, closers);
  const pids = await pidsOf(scratch);
  say(`Temporal   ${servers.temporal.address}, process ${pids.temporal}; its web page: ${servers.temporal.uiAddress}`);
  say(`NameNode   ${servers.hdfs.httpAddress}, process ${pids.namenode}`);
  say(`DataNode   process ${pids.datanode}`);
  say(`worker     process ${process.pid}`);
  say(`lowered    freeLocalBytes: a backup starts with ${bytesText(freeLocalBytes)} free, not only with 20 GiB`);
  return servers;
}

/** Shows that it goes on, now and then. */
function everyHundred(done: string, say: Say): Progress {
  return (files) => (files % 100 === 0 ? say(`${files} files ${done} …`) : undefined);
}

function told(set: MadeSet, say: Say): MadeSet {
  say(`set ${set.name}, ${bytesText(set.bytes)}`);
  return set;
}

function treeText(tree: Tree): string {
  const files = filesOf(tree).length;
  return `${files} files and ${tree.size - files} directories, ${bytesText(bytesOf(tree))}`;
}
