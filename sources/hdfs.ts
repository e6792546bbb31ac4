import type { Content, DataSource } from '../model/data-source';
import { BackupError } from '../model/errors';
import { type HdfsSpec, pathIn } from '../model/hdfs';
import { labelPattern } from '../model/label';
import { openHdfsTree } from '../servers/hdfs-tree';
import { openWebHdfs } from '../servers/webhdfs';
import { checkBackUp } from './hdfs-check-back-up';
import { checkRestore, describeReplaced } from './hdfs-check-restore';
import { freeze, keepNewest, release, standing } from './hdfs-freeze';
import type { HdfsSourceOptions } from './hdfs-refusals';
import { resolve } from './hdfs-rows';
import { adopt, forget, prepare, revert } from './hdfs-restore';

export { hdfsAddressOf, hdfsSpecOf } from './hdfs-parts';
export type { HdfsSourceOptions } from './hdfs-refusals';

/**
 * Directories of HDFS, frozen by snapshots. cairn's user is a superuser of that HDFS. A directory is restored beside its
 * place and renamed; one that may have snapshots, in place. Opens no connection yet.
 */
export function openHdfsSource(options: HdfsSourceOptions): DataSource<HdfsSpec> {
  return {
    traits: { stoppedForRestore: false },

    resolve: (spec) => resolve(options, spec),
    checkBackUp: (spec, into) => checkBackUp(options, spec, into),
    contentOf: (spec) => contentOf(options, spec),
    freeze: (spec, id, control) => freeze(options, spec, id, control),
    standing: (spec, id) => standing(options, spec, id),
    read: (spec, at) => openHdfsTree(openWebHdfs(spec.hdfs.nameNodes, options.login), pathOf(spec, at.uri)),
    release: (spec, id) => release(options, spec, id),
    keepNewest: (spec, task, points, upTo) => keepNewest(options, spec, task, points, upTo),

    describeReplaced: (spec, trees) => describeReplaced(options, spec, trees),
    checkRestore: async (spec, trees) => void (await checkRestore(options, spec, trees)),
    prepare: async (spec, trees, label, control) => prepare(options, spec, trees, checked(label), control),
    adopt: async (spec, trees, label, control) => adopt(options, spec, trees, checked(label), control),
    revert: async (spec, trees, label) => revert(options, spec, trees, checked(label)),
    forget: async (spec, trees, label) => forget(options, spec, trees, checked(label)),
  };
}

async function contentOf(options: HdfsSourceOptions, spec: HdfsSpec): Promise<Content> {
  const dfs = openWebHdfs(spec.hdfs.nameNodes, options.login);
  const { paths } = await resolve(options, spec);
  let all: Content = { files: 0, directories: 0, bytes: 0 };
  for (const path of paths) {
    const { files, directories, bytes } = await dfs.contentSummary(path);
    all = { files: all.files + files, directories: all.directories + directories, bytes: all.bytes + bytes };
  }
  return all;
}

function pathOf({ hdfs }: HdfsSpec, uri: string): string {
  const path = pathIn(hdfs, uri);
  if (path !== undefined) return path;
  throw new BackupError('invalid', `${uri} does not lie in ${hdfs.uri}`);
}

/** It becomes part of names that are removed. */
function checked(label: string): string {
  if (labelPattern.test(label)) return label;
  throw new BackupError('invalid', `\`${label}\` is no label`);
}
