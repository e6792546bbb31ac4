/** A Hadoop in the cache: jars from the Maven repository, each checked against a lock, and commands to run them. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAsset } from './asset';
import { cacheFolder, discardFolder, exists, makeFolder, type Report } from './cache';
import { lockedJars, pomOf, wrongJars, type Jar } from './jars';
import { jdkCommand, requirePrerequisites } from './prerequisites';
import { run } from './run';

const version = '3.4.3';
const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** What a Hadoop in the cache is made of. */
export interface Edition {
  /** Begins the folder's name, and names it in messages. */
  readonly name: string;
  /** Files of `embedded/` that name its jars. */
  readonly locks: readonly string[];
  /** Files of `embedded/` that become its commands: `bin/hdfs` from hdfs.sh. */
  readonly commands: readonly string[];
  /** Names of Java classes of `embedded/`, each a provider of Hadoop's ClientProtocol; they come before Hadoop's own. */
  readonly jobProviders: readonly string[];
  readonly megabytes: number;
}

/** The folder of an edition, made when it is not in the cache, or when a jar in the cache is not what the lock says. */
export async function ensureHome(edition: Edition, report: Report): Promise<string> {
  const parts = await partsOf(edition);
  const id = createHash('sha256').update(pomOf(parts.jars));
  for (const text of Object.values(parts.texts)) id.update(text);
  const folder = join(cacheFolder(), `${edition.name}-${version}-${id.digest('hex').slice(0, 12)}`);
  await discardWhenSpoilt(folder, parts.jars, report);
  await makeFolder(folder, (part) => install(part, edition, parts, report));
  return folder;
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
  /** File name in `embedded/` → text. */
  readonly texts: Readonly<Record<string, string>>;
}

async function partsOf({ locks, commands, jobProviders }: Edition): Promise<Parts> {
  const names = ['log4j.properties', 'launch.sh', ...commands.map((command) => `${command}.sh`)];
  names.push(...jobProviders.map((name) => `${name}.java`));
  const texts = await Promise.all(names.map(async (name) => [name, await readAsset(name)] as const));
  return { jars: (await Promise.all(locks.map(lockedJars))).flat(), texts: Object.fromEntries(texts) };
}

async function install(folder: string, edition: Edition, { jars, texts }: Parts, report: Report): Promise<void> {
  await requirePrerequisites('mvn', 'jar', ...(edition.jobProviders.length > 0 ? (['javac'] as const) : []));
  await fetchJars(folder, edition, jars, report);
  await packResources(folder, edition, texts);
  await writeFile(join(folder, 'class-path'), ['cairn-embedded.jar', ...jars.map((jar) => jar.file)].join('\n') + '\n');
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'launch.sh'), texts['launch.sh']!);
  for (const command of edition.commands) {
    await writeFile(join(folder, 'bin', command), texts[`${command}.sh`]!);
    await chmod(join(folder, 'bin', command), 0o755);
  }
  report(`${edition.name} ${version} is in the cache`);
}

async function fetchJars(folder: string, edition: Edition, jars: readonly Jar[], report: Report): Promise<void> {
  const { name, megabytes, locks } = edition;
  report(`fetching ${name} ${version} (${jars.length} jars, ${megabytes} MB) …`);
  await writeFile(join(folder, 'pom.xml'), pomOf(jars));
  const lib = join(folder, 'lib');
  const onLine = progressOf(name, jars, report);
  await run('mvn', ['-B', copyDependencies, `-DoutputDirectory=${lib}`], { cwd: folder, onLine });
  const wrong = await wrongJars(lib, jars);
  if (wrong.length === 0) return;
  const hint =
    'look into the Maven repository that settings.xml names, and remove these jars from the local one (~/.m2)';
  throw new Error(`jars that Maven fetched are not what ${locks.join(', ')} says: ${wrong.join(', ')}\nHINT: ${hint}`);
}

/** Counts the jars in what Maven says: it tells of each file that it has downloaded. */
function progressOf(name: string, jars: readonly Jar[], report: Report): (line: string) => void {
  const awaited = new Set(jars.map((jar) => jar.file));
  return (line) => {
    const file = /Downloaded from .*\/([^/ ]+\.jar)/.exec(line)?.[1];
    if (file === undefined || !awaited.delete(file)) return;
    const done = jars.length - awaited.size;
    if (done % 10 === 0 || awaited.size === 0) report(`fetching ${name} ${version}: ${done} of ${jars.length} jars`);
  };
}

/**
 * hadoop-hdfs comes without its web pages, and its servers do not start without their folders: empty ones will do. Java's
 * ServiceLoader finds the job providers by the file that names them.
 */
async function packResources(folder: string, { jobProviders }: Edition, texts: Parts['texts']): Promise<void> {
  const resources = join(folder, 'resources');
  for (const server of ['hdfs', 'datanode']) await mkdir(join(resources, 'webapps', server), { recursive: true });
  await writeFile(join(resources, 'log4j.properties'), texts['log4j.properties']!);
  if (jobProviders.length > 0) await compileProviders(folder, resources, jobProviders, texts);
  await run(jdkCommand('jar'), ['--create', '--file', join(folder, 'lib', 'cairn-embedded.jar'), '-C', resources, '.']);
  await rm(resources, { recursive: true });
}

async function compileProviders(folder: string, resources: string, names: readonly string[], texts: Parts['texts']) {
  const sources = join(folder, 'sources');
  await mkdir(sources);
  const files = names.map((name) => join(sources, `${name}.java`));
  for (const name of names) await writeFile(join(sources, `${name}.java`), texts[`${name}.java`]!);
  // Java 11 is the oldest that may run it.
  const options = ['--release', '11', '-proc:none', '-cp', join(folder, 'lib', '*'), '-d', resources];
  await run(jdkCommand('javac'), [...options, ...files]);
  const services = join(resources, 'META-INF', 'services');
  await mkdir(services, { recursive: true });
  const classes = names.map((name) => `cairn.${name}\n`).join('');
  await writeFile(join(services, 'org.apache.hadoop.mapreduce.protocol.ClientProtocolProvider'), classes);
  await rm(sources, { recursive: true });
}
