import { type FoundRemains, type Remain, remainKinds } from '../../model/remains';
import { bytesText } from '../../model/text';
import type { Cleaned } from '../clean-sets';
import { tableLines } from '../terminal/table';
import { countText, targetText } from '../words';

/** What was found on each target, and what became of it. */
export function cleanedLines(cleaned: readonly Cleaned[], remove: boolean): string[] {
  if (cleaned.length === 0) return ['no task keeps sets anywhere HINT: --target names a target'];
  return cleaned.flatMap((one, place) => [...(place === 0 ? [] : ['']), ...placeLines(one, remove)]);
}

function placeLines({ target, host, found }: Cleaned, remove: boolean): string[] {
  const { remains, more } = found;
  return [
    `${targetText(target)} (from host ${host}): ${sumText(found, remove)}`,
    ...(remains.length === 0 ? [] : tableLines(['what', 'bytes', 'name', ''], remains.map(cellsOf))),
    ...(more === 0 ? [] : [`… and ${more} more`]),
    ...(found.uploadsUntold ? ['unfinished uploads cannot be listed there: there may be some'] : []),
  ];
}

function sumText({ count, bytes, removed, remains }: FoundRemains, remove: boolean): string {
  if (count === 0) return remains.length === 0 ? 'nothing remains' : 'nothing to remove';
  const size = bytes === 0 ? '' : `, ${bytesText(bytes)}`;
  if (!remove) return `${countText(count, 'remain', 'remains')}${size} HINT: --yes removes them`;
  return `${removed} of ${countText(count, 'remain', 'remains')} removed${size}`;
}

function cellsOf({ kind, bytes, name, kept, failed }: Remain): string[] {
  const remark = failed === undefined ? kept && `kept: ${kept}` : `not removed: ${failed}`;
  return [remainKinds[kind], bytes === undefined ? '' : bytesText(bytes), name, remark ?? ''];
}
