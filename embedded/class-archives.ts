/** Class-data archives: with them Hadoop's programs start in about a third of the time. Nothing depends on them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeFolder, type Report } from './cache';
import type { HadoopHome } from './fetch-hadoop';
import { openHdfs } from './hdfs-cluster';
import { run } from './run';

/** Java can write such archives from this version on. */
const firstJavaWithArchives = 13;

/** Makes the archives that fit this machine's Java, unless that has been tried before; a failure costs nothing but time. */
export async function ensureClassArchives(home: HadoopHome, java: number, report: Report): Promise<void> {
  if (java < firstJavaWithArchives) return;
  const folder = (await run(home.hdfsCommand, ['class-archive-folder'])).trim();
  await makeFolder(folder, async (part) => {
    report('making class archives, so that hadoop starts quickly (once, about 20 s) …');
    await rehearse(home, part).catch((error: Error) => report(`hadoop will start slowly: ${error.message}`));
  });
}

/** Runs the programs once in a small HDFS; each leaves its archive when it ends. */
async function rehearse(home: HadoopHome, archives: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-rehearsal-'));
  const hdfs = await openHdfs(home, { folder }, { CAIRN_ARCHIVE_CLASSES_TO: archives });
  try {
    await hdfs.start();
    await hdfs.hadoop('distcp', String(pathToFileURL(hdfs.confDir)), `${hdfs.uri}/from`);
    await hdfs.hadoop('distcp', '-update', '-pugpax', `${hdfs.uri}/from`, `${hdfs.uri}/to`);
    await hdfs.hdfs('dfsadmin', '-rollEdits');
  } finally {
    await hdfs.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
