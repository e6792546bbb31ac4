import { BackupError } from '../model/errors';
import { defaultNameService, type NameNodeEntry, type NameNodeSpec, type NameServiceConfig } from '../model/name-node';
import type { Part } from '../model/source';

/** The sets of one run: one for each NameService that the task names, or for all that the cluster has. */
export function nameNodeParts(
  entry: NameNodeEntry,
  config: Readonly<Record<string, NameServiceConfig>>,
): readonly Part<NameNodeSpec>[] {
  return [...new Set(entry.nameServices ?? Object.keys(config))].map((name) => partOf(name, config));
}

function partOf(nameService: string, config: Readonly<Record<string, NameServiceConfig>>): Part<NameNodeSpec> {
  if (!Object.hasOwn(config, nameService)) throw unknownNameService(nameService, Object.keys(config));
  const { nameNodes } = config[nameService]!;
  return {
    part: nameService,
    writtenAs: nameService === defaultNameService ? 'NameNode' : `NameNode-${nameService}`,
    spec: { nameService, nameNodes },
    dumpHosts: [],
    loadHosts: [nameNodes[0]!.host],
  };
}

function unknownNameService(asked: string, known: readonly string[]): BackupError {
  const hint = known.length === 0 ? 'the cluster has no NameService in cairn.yaml' : `there are: ${known.join(', ')}`;
  return new BackupError('invalid', `the cluster has no NameService \`${asked}\``, { hint });
}
