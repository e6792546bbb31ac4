import { sourceKinds } from '../model/kinds';
import type { OmsSpec } from '../model/oms';
import type { Part } from '../model/source';

/** One set a run; read and restored on the management hosts, where the configuration lies. */
export function omsParts(spec: OmsSpec): readonly Part<OmsSpec>[] {
  return [{ part: '', writtenAs: sourceKinds.oms.label, spec, dumpHosts: spec.hosts, loadHosts: spec.hosts }];
}
