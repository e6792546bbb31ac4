/** The embedded Hadoop: jars from the Maven repository, each checked against the lock, and an `hdfs` command to run them. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAsset } from './asset';
import { cacheFolder, discardFolder, exists, makeFolder, type Report } from './cache';
import { ensureClassArchives } from './class-archives';
import { lockedJars, pomOf, wrongJars, type Jar } from './jars';
import { jdkCommand, requirePrerequisites } from './prerequisites';
import { run } from './run';

const version = '3.4.3';
const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** Where an embedded Hadoop lies. */
export interface HadoopHome {
  readonly folder: string;
  /** Behaves like Hadoop's own `hdfs`, for namenode, datanode, dfsadmin, dfs, oev and oiv; honours HADOOP_CONF_DIR. */
  readonly hdfsCommand: string;
}

let known: Promise<HadoopHome> | undefined;

/**
 * The embedded Hadoop, fetched when it is not in the cache, or when a jar in the cache is not what the lock says.
 * Looked at once in the life of a process.
 */
export async function fetchHadoop(report: Report = () => {}): Promise<HadoopHome> {
  known ??= lookUp(report);
  known.catch(() => (known = undefined));
  return known;
}

async function lookUp(report: Report): Promise<HadoopHome> {
  const { java } = await requirePrerequisites('java');
  const [jars, script, log4j] = await Promise.all([lockedJars(), readAsset('hdfs.sh'), readAsset('log4j.properties')]);
  const id = createHash('sha256').update(pomOf(jars)).update(script).update(log4j).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `hadoop-${version}-${id}`);
  await discardWhenSpoilt(folder, jars, report);
  await makeFolder(folder, (part) => install(part, { jars, script, log4j }, report));
  const home = { folder, hdfsCommand: join(folder, 'bin', 'hdfs') };
  await ensureClassArchives(home, java, report);
  return home;
}

/** Looks at every jar of a Hadoop in the cache; where one is not what the lock says, the whole folder goes. */
export async function discardWhenSpoilt(folder: string, jars: readonly Jar[], report: Report): Promise<void> {
  if (!(await exists(folder))) return;
  const wrong = await wrongJars(join(folder, 'lib'), jars);
  if (wrong.length === 0) return;
  report(`the hadoop in the cache is spoilt (${wrong.join(', ')}): it is fetched again`);
  await discardFolder(folder);
}

interface Parts {
  readonly jars: readonly Jar[];
  readonly script: string;
  readonly log4j: string;
}

async function install(folder: string, { jars, script, log4j }: Parts, report: Report): Promise<void> {
  await requirePrerequisites('mvn', 'jar');
  await fetchJars(folder, jars, report);
  await packResources(folder, log4j);
  await writeFile(join(folder, 'class-path'), ['cairn-embedded.jar', ...jars.map((jar) => jar.file)].join('\n') + '\n');
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'hdfs'), script);
  await chmod(join(folder, 'bin', 'hdfs'), 0o755);
  report(`hadoop ${version} is in the cache`);
}

async function fetchJars(folder: string, jars: readonly Jar[], report: Report): Promise<void> {
  report(`fetching hadoop ${version} (${jars.length} jars, 55 MB) …`);
  await writeFile(join(folder, 'pom.xml'), pomOf(jars));
  const lib = join(folder, 'lib');
  const onLine = progressOf(jars, report);
  await run('mvn', ['-B', copyDependencies, `-DoutputDirectory=${lib}`], { cwd: folder, onLine });
  const wrong = await wrongJars(lib, jars);
  if (wrong.length === 0) return;
  const hint =
    'look into the Maven repository that settings.xml names, and remove these jars from the local one (~/.m2)';
  throw new Error(`jars that Maven fetched are not what hadoop-jars.lock says: ${wrong.join(', ')}\nHINT: ${hint}`);
}

/** Counts the jars in what Maven says: it tells of each file that it has downloaded. */
function progressOf(jars: readonly Jar[], report: Report): (line: string) => void {
  const awaited = new Set(jars.map((jar) => jar.file));
  return (line) => {
    const file = /Downloaded from .*\/([^/ ]+\.jar)/.exec(line)?.[1];
    if (file === undefined || !awaited.delete(file)) return;
    const done = jars.length - awaited.size;
    if (done % 10 === 0 || awaited.size === 0) report(`fetching hadoop ${version}: ${done} of ${jars.length} jars`);
  };
}

/** hadoop-hdfs comes without its web pages, and its servers do not start without their folders: empty ones will do. */
async function packResources(folder: string, log4j: string): Promise<void> {
  const resources = join(folder, 'resources');
  for (const server of ['hdfs', 'datanode']) await mkdir(join(resources, 'webapps', server), { recursive: true });
  await writeFile(join(resources, 'log4j.properties'), log4j);
  await run(jdkCommand('jar'), ['--create', '--file', join(folder, 'lib', 'cairn-embedded.jar'), '-C', resources, '.']);
  await rm(resources, { recursive: true });
}
