import type { BackupTarget, TargetSnapshots } from '../../model/target';

/** The same target, which refuses to change anything outside the folder: what fails that is a fault of the case. */
export function confined(target: BackupTarget, folder: string): BackupTarget {
  const inside = (name: string): string => {
    if (name === folder || name.startsWith(`${folder}/`)) return name;
    throw new Error(`this would change ${JSON.stringify(name.slice(0, 200))}, outside of ${folder}`);
  };
  const { clean, snapshots } = target;
  return {
    ...target,
    put: async (name, body, control) => target.put(inside(name), body, control),
    remove: async (name) => target.remove(inside(name)),
    ...(clean && { clean: async (prefix: string) => clean(inside(prefix)) }),
    ...(snapshots && { snapshots: confinedSnapshots(snapshots, inside) }),
    // Not own in an object that was made by a class.
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  };
}

function confinedSnapshots(snapshots: TargetSnapshots, inside: (name: string) => string): TargetSnapshots {
  return {
    ...snapshots,
    open: async (folder) => snapshots.open(inside(folder)),
    create: async (folder, name) => snapshots.create(inside(folder), name),
    rename: async (folder, from, to) => snapshots.rename(inside(folder), from, to),
    remove: async (folder, name) => snapshots.remove(inside(folder), name),
    discard: async (folder, name) => snapshots.discard(inside(folder), name),
    close: async (folder) => snapshots.close(inside(folder)),
  };
}
