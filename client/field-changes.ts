/** A field that is another one afterwards. */
export interface FieldChange {
  /** Such as `sources[0].target.path`. */
  readonly path: string;
  /** Absent: it was not there. */
  readonly from?: unknown;
  /** Absent: it is gone. */
  readonly to?: unknown;
}

/** Where two values of plain JSON differ, as deep inside as it can be told; lists are compared place by place. */
export function fieldChanges(from: unknown, to: unknown, path = ''): FieldChange[] {
  if (Array.isArray(from) && Array.isArray(to)) return changesInside(from, to, (place) => `${path}[${place}]`);
  if (isRecord(from) && isRecord(to))
    return changesInside(from, to, (name) => (path === '' ? name : `${path}.${name}`));
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  return [{ path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
}

function changesInside<T extends object>(from: T, to: T, pathOf: (key: string) => string): FieldChange[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])] as (keyof T & string)[];
  return keys.flatMap((key) => fieldChanges(from[key], to[key], pathOf(key)));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
