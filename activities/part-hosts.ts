import { BackupError } from '../model/errors';
import type { Part } from '../model/source';
import type { ChosenSet, TaskSource } from '../model/task';

/** A source whose data lies on the disks of some hosts is dumped there. */
export function dumpHosts(
  parts: readonly Part<unknown>[],
  reaching: readonly string[],
  { source, target }: TaskSource,
): string[] {
  const able = reaching.filter((host) =>
    parts.every((part) => part.dumpHosts.length === 0 || part.dumpHosts.includes(host)),
  );
  if (able.length > 0) return able;
  const wanted = [...new Set(parts.flatMap((part) => part.dumpHosts))];
  throw new BackupError(
    'precondition',
    `${source} is read on ${wanted.join(', ')}, target ${target.kind} is reached from ${reaching.join(', ')}`,
    {
      hint: 'start a worker on a host of both, or choose another target',
    },
  );
}

/** The host that puts a set live, of those that reach its target, live ones first; and all that its part is bound to. */
export function loadPlace(
  parts: readonly Part<unknown>[],
  set: ChosenSet,
  reaching: readonly string[],
): { host: string; loadHosts: readonly string[] } {
  const part = parts.find((one) => one.part === set.part);
  if (part === undefined)
    throw new BackupError('precondition', `this cluster has no ${set.source} "${set.part}" to restore ${set.name} to`, {
      hint: "name it under services in the workers' cairn.yaml",
    });
  const { loadHosts } = part;
  const able = loadHosts.length === 0 ? reaching : reaching.filter((host) => loadHosts.includes(host));
  if (able[0] !== undefined) return { host: able[0], loadHosts };
  throw new BackupError(
    'precondition',
    `set ${set.name} lies on ${reaching.join(', ')}, ${set.source} "${set.part}" is restored on ${part.loadHosts.join(', ')}`,
    {
      hint: 'make the folder reachable there too (a copy or a mount of LocalBackup) and add that host to localBackup.hosts',
    },
  );
}
