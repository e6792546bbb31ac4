/** The main job, for real: fill, back up, change, back up, verify, lose, restore, compare. */
import { bytesText } from '../model/text';
import { simpleLogin } from '../servers/login';
import { openWebHdfs, type WebHdfs } from '../servers/webhdfs';
import type { Closers } from './closers';
import { freeLocalBytes } from './configuration';
import { loseContents, loseMetadata } from './losses';
import { type MadeSets, openOperator } from './operator';
import { withTimes } from './read-tree';
import { applyChanges, createSample, directory, type Sample } from './sample';
import type { Scratch } from './scratch';
import { fetchServers, pidsOf, type Servers, startServers } from './servers';
import { everyHundred, treeText } from './show-tree';
import type { Say, Steps } from './steps';
import type { Tree } from './tree';
import { changeTree, writeTree } from './write-tree';

export interface Told {
  readonly servers: Servers;
  readonly older: MadeSets;
  readonly newer: MadeSets;
  /** What was not as it should be after a restoration, a line each. */
  readonly wrong: readonly string[];
}

/** Does everything, showing it; what it starts is ended by the closers. */
export async function tellStory(steps: Steps, scratch: Scratch, closers: Closers): Promise<Told> {
  const { step } = steps;
  await step('Fetch Temporal and Hadoop, where the cache does not hold them', fetchServers);
  const servers = await step('Start Temporal, two small HDFS and a worker of cairn', (say) =>
    start(scratch, closers, say),
  );
  const web = openWebHdfs([servers.hdfs.httpAddress], simpleLogin({ user: 'hdfs' }));
  const operator = await openOperator(servers.temporal.address);
  closers.add(() => operator.close());
  const sample = createSample();

  const before = await step(`Fill ${directory} through WebHDFS`, (say) => fill(web, sample.tree, say));
  const older = await step(`Back up ${directory} to the second HDFS, and the NameNode's metadata`, async (say) => {
    await operator.apply(scratch.tasksYaml, say);
    return operator.backUp(say);
  });
  const after = await step(`Change ${directory}: add, rewrite, delete, rename`, (say) => change(web, sample, say));
  const newer = await step('Back up again', operator.backUp);
  await step('Verify both new sets, byte for byte', operator.verifyLatest);

  const stage = { steps, scratch, servers, web, operator };
  const wrong = [
    ...(await loseMetadata(stage, after)),
    ...(await loseContents(stage, [
      { restoration: 'older', set: older.directory, wanted: before },
      { restoration: 'newer', set: newer.directory, wanted: after },
    ])),
  ];
  return { servers, older, newer, wrong };
}

async function start(scratch: Scratch, closers: Closers, say: Say): Promise<Servers> {
  const servers = await startServers(scratch, closers);
  const { temporal, hdfs, remote } = servers;
  const pids = await pidsOf(scratch);
  say(`Temporal      ${temporal.address}, process ${pids.temporal}; its web page: ${temporal.uiAddress}`);
  say(`HDFS          NameNode ${hdfs.httpAddress}, process ${pids.nameNode}; DataNode process ${pids.dataNode}`);
  say(
    `second HDFS   NameNode ${remote.httpAddress}, process ${pids.remoteNameNode}; DataNode process ${pids.remoteDataNode}`,
  );
  say(`worker        process ${process.pid}`);
  say(`lowered       freeLocalBytes: a backup starts with ${bytesText(freeLocalBytes)} free, not only with 20 GiB`);
  return servers;
}

/** Returns what is there then. */
async function fill(web: WebHdfs, tree: Tree, say: Say): Promise<Tree> {
  await writeTree(web, tree, everyHundred('written', say));
  say(treeText(tree));
  return withTimes(web, tree);
}

async function change(web: WebHdfs, { tree, changes }: Sample, say: Say): Promise<Tree> {
  const after = applyChanges(tree, changes);
  await changeTree(web, changes);
  say(`${changes.length} changes, now ${treeText(after)}`);
  return withTimes(web, after);
}
