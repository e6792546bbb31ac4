/** A line of what Prometheus reads. */
export interface MetricLine {
  readonly name: string;
  readonly labels: { readonly [label: string]: string };
  readonly value: number;
}

/** Reads Prometheus' text format as strictly as we need it: whatever is no line of it is an error. */
export function parseMetrics(text: string): MetricLine[] {
  const lines = text.split('\n').filter((line) => line !== '' && !/^# (HELP|TYPE) cairn_/.test(line));
  return lines.map(parseLine);
}

function parseLine(line: string): MetricLine {
  const [, name, labels = '', value] =
    /^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined || Number.isNaN(Number(value))) throw new Error(`this is no line of metrics: ${line}`);
  const pairs = [...labels.matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)];
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, label, text]) => [label, unescaped(text!)])),
    value: Number(value),
  };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_all, character: string) => (character === 'n' ? '\n' : character));
}
