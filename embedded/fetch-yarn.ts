/** The embedded Yarn: a larger Hadoop beside the embedded one, for tests and measurements; nothing else needs it. */
import { join } from 'node:path';
import type { Report } from './cache';
import { ensureHome } from './hadoop-home';
import { requirePrerequisites } from './prerequisites';

/** Where an embedded Yarn lies. */
export interface YarnHome {
  readonly folder: string;
  /** Behaves like Hadoop's own commands, for resourcemanager, nodemanager and historyserver; honours HADOOP_CONF_DIR. */
  readonly yarnCommand: string;
  /** The jars for what runs in containers, as a class path. */
  readonly classPath: string;
}

const edition = {
  name: 'yarn',
  locks: ['hadoop-jars.lock', 'yarn-jars.lock'],
  commands: ['yarn'],
  jobProviders: [],
  megabytes: 81,
} as const;

let known: Promise<YarnHome> | undefined;

/** As `fetchHadoop`. Its jars are those of the embedded Hadoop and some more: only the latter are downloaded where that one is there. */
export async function fetchYarn(report: Report = () => {}): Promise<YarnHome> {
  known ??= lookUp(report);
  known.catch(() => (known = undefined));
  return known;
}

async function lookUp(report: Report): Promise<YarnHome> {
  await requirePrerequisites('java');
  const folder = await ensureHome(edition, report);
  return { folder, yarnCommand: join(folder, 'bin', 'yarn'), classPath: join(folder, 'lib', '*') };
}
