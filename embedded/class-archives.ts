/** Class-data archives: with them Hadoop's programs start in about a third of the time. Nothing depends on them. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
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
    await askByHttp(hdfs.httpAddress);
  } finally {
    await hdfs.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What cairn asks of HDFS through WebHDFS: its classes are many, and no server loads them before it is asked. */
const questions: readonly (readonly [method: string, path: string, op: string])[] = [
  ['PUT', '/asked', 'MKDIRS'],
  ['PUT', '/asked/file', 'CREATE'],
  ['POST', '/asked/file', 'APPEND'],
  ['GET', '/asked/file', 'OPEN&offset=1&length=2'],
  ['GET', '/asked/file', 'GETFILECHECKSUM'],
  ['GET', '/asked/file', 'GETACLSTATUS'],
  ['GET', '/asked/file', 'GETXATTRS&encoding=hex'],
  ['PUT', '/asked/file', 'SETPERMISSION&permission=640'],
  ['PUT', '/asked/file', 'SETOWNER&owner=hdfs&group=hdfs'],
  ['PUT', '/asked/file', 'SETTIMES&modificationtime=1'],
  ['PUT', '/asked/file', 'MODIFYACLENTRIES&aclspec=user:hdfs:r--'],
  ['PUT', '/asked/file', 'SETXATTR&xattr.name=user.a&xattr.value=0x00&flag=CREATE'],
  ['PUT', '/asked', 'ALLOWSNAPSHOT'],
  ['PUT', '/asked', 'CREATESNAPSHOT&snapshotname=one'],
  ['PUT', '/asked/file', 'RENAME&destination=/asked/other'],
  ['PUT', '/asked', 'CREATESNAPSHOT&snapshotname=two'],
  ['GET', '/asked', 'GETSNAPSHOTDIFF&oldsnapshotname=one&snapshotname=two'],
  ['GET', '/asked', 'GETCONTENTSUMMARY'],
  ['GET', '/asked', 'GETFILESTATUS'],
  ['GET', '/asked', 'LISTSTATUS_BATCH'],
  ['DELETE', '/asked', 'DELETESNAPSHOT&snapshotname=two'],
  ['DELETE', '/asked/other', 'DELETE'],
];

async function askByHttp(nameNode: string): Promise<void> {
  // As whom the server runs, and so the one who may do all this.
  const user = `user.name=${encodeURIComponent(process.env['HADOOP_USER_NAME'] ?? userInfo().username)}`;
  for (const [method, path, op] of questions) await ask(method, `${nameNode}/webhdfs/v1${path}?op=${op}&${user}`);
}

/** Not with `fetch`: it does not bear that a DataNode says "100 Continue" unasked. */
async function ask(method: string, url: string, body?: string): Promise<void> {
  const asked = request(url, { method }).end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const said = await text(answer);
  const { statusCode = 0, headers } = answer;
  if (statusCode === 307 && headers.location !== undefined)
    return await ask(method, headers.location, method === 'GET' ? undefined : 'some text');
  if (statusCode >= 300) throw new Error(`${method} ${url} was answered with ${statusCode}: ${said.slice(0, 300)}`);
}
